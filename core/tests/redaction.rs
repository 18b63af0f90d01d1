//! What never leaves the process: passwords of connections, queries of URLs, and that all of it goes through documents.

use xray_recorder_core::testing::SeededRng;
use xray_recorder_core::{
    Document, IncomingRequest, OutgoingRequest, Segment, Sql, Subsegment, Timestamp, TraceContext, redact_connection,
    redact_url,
};

fn gives_away(text: &str) -> bool {
    text.contains("SECRET") || text.contains("4242")
}

/// Texts put together at random from what matters.
fn random_text(dice: &mut SeededRng, parts: &[&str]) -> String {
    (0..dice.next_u64() % 12).map(|_| parts[(dice.next_u64() % parts.len() as u64) as usize]).collect()
}

/// URLs of all kinds with secrets, and what is left of them.
const URLS: [(&str, &str); 65] = [
    ("https://shop.example.com/cart", "https://shop.example.com/cart"),
    ("https://shop.example.com/cart?SECRET", "https://shop.example.com/cart"),
    ("https://shop.example.com/cart?a=1&token=SECRET#x", "https://shop.example.com/cart"),
    ("https://shop.example.com/cart#access_token=SECRET", "https://shop.example.com/cart"),
    ("https://shop.example.com/cart;jsessionid=SECRET", "https://shop.example.com/cart"),
    ("https://shop.example.com?SECRET", "https://shop.example.com"),
    ("https://SECRET@shop.example.com/cart", "https://shop.example.com/cart"),
    ("https://u:SECRET@shop.example.com/cart?SECRET", "https://shop.example.com/cart"),
    ("https://u:p@SECRET@shop.example.com/cart", "https://shop.example.com/cart"),
    ("https://u:SEC/RET/SECRET@shop.example.com/cart", "https://shop.example.com/cart"),
    ("https://u:SECRET?SECRET@shop.example.com/cart", "https://shop.example.com/cart"),
    ("https://u:SECRET#SECRET@shop.example.com/cart", "https://shop.example.com/cart"),
    ("https://u:SECRET;SECRET@shop.example.com/cart", "https://shop.example.com/cart"),
    ("https://u:%53SECRET@[::1]:8443/cart", "https://[::1]:8443/cart"),
    ("https://[::1]:8443/@alice", "https://[::1]:8443/@alice"),
    ("https://example.com/@alice/posts", "https://example.com/@alice/posts"),
    ("http://example.com:8080/@alice", "http://example.com:8080/@alice"),
    ("http://example.com/wiki/Rust_(language)", "http://example.com/wiki/Rust_(language)"),
    ("//u:SECRET@example.com/x?SECRET", "//example.com/x"),
    ("/cart?token=SECRET", "/cart"),
    ("/@alice/cart", "/@alice/cart"),
    ("?SECRET", ""),
    (" https://u:SECRET@h/", " https://h/"),
    ("\t\r\n\0postgres://u:SECRET@db/", "\t\r\n\0postgres://db/"),
    ("\u{feff}https://u:SECRET@h/?SECRET", "\u{feff}https://h/"),
    ("  ", "  "),
    ("", ""),
    ("example.com:80/x?SECRET", "example.com:80/x"),
    ("u:SECRET@example.com:80/x", "example.com:80/x"),
    ("postgresql://app:SECRET@db:5432/orders?password=SECRET", "postgresql://db:5432/orders"),
    ("postgres://app:SE/CRET/SECRET@db/orders", "postgres://db/orders"),
    ("postgres://app:SECRET?SECRET@db/orders", "postgres://db/orders"),
    ("postgres://app:SECRET@one:1,two:2/orders", "postgres://one:1,two:2/orders"),
    ("postgresql:///orders?host=/tmp&password=SECRET", "postgresql:///orders"),
    ("mysql://app@db/orders", "mysql://db/orders"),
    ("mongodb+srv://app:SECRET@cluster0.example.net/db?authSource=admin", "mongodb+srv://cluster0.example.net/db"),
    ("redis://:SECRET@cache:6379/0", "redis://cache:6379/0"),
    ("amqp://app:SECRET@mq:5672/%2f", "amqp://mq:5672/%2f"),
    ("jdbc:postgresql://db:5432/orders?user=app&password=SECRET", "jdbc:postgresql://db:5432/orders"),
    ("jdbc:sqlserver://db:1433;databaseName=d;password=SECRET", "jdbc:sqlserver://db:1433"),
    ("jdbc:mysql:loadbalance://app:SECRET@one,two/db", "jdbc:mysql:loadbalance://one,two/db"),
    ("jdbc:mysql://address=(host=db)(password=SECRET)/db", "jdbc:mysql://"),
    ("jdbc:mysql://(host=db,password=SECRET)/db", "jdbc:mysql://"),
    ("jdbc:db2://db:50000/orders:user=app;password=SECRET;", "jdbc:db2://db:50000/orders"),
    ("jdbc:oracle:thin:app/SECRET@//db:1521/orders", "jdbc:oracle:thin:@//db:1521/orders"),
    ("jdbc:oracle:thin:app/SE:CRET/SECRET@db:1521:sid", "jdbc:oracle:thin:@db:1521:sid"),
    ("file:orders.db?key=SECRET", "file:orders.db"),
    ("jdbc:h2:mem:orders;PASSWORD=SECRET", "jdbc:h2:mem:orders"),
    (
        "metadata=res://*/M.csdl;provider=System.Data.SqlClient;provider connection string=\"Server=db;User Id=app;Password=SECRET\"",
        "",
    ),
    ("\nmongodb://app:SECRET@db/orders", "\nmongodb://db/orders"),
    ("\"postgresql://app:SECRET@db/orders\"", "\"postgresql://db/orders\""),
    ("<https://u:SECRET@h/x>", "<https://h/x>"),
    ("GET https://u:SECRET@h/x HTTP/1.1", "GET https://h/x HTTP/1.1"),
    ("https:///u:SECRET@h/x", "https:///h/x"),
    ("url=postgres://app:SECRET@db/orders", ""),
    ("Endpoint=https://u:SECRET@h/;X=1", ""),
    ("BlobEndpoint=https://a.blob.core.windows.net/?sv=1&sig=SECRET;X=1", ""),
    ("mysql://app:p@SECRET?x@db/o", "mysql://"),
    ("mysql://app:4242?SECRET@db/o", "mysql://"),
    ("https://u:pa]SEC/RET@host/x", "https://host/x"),
    ("https://u:1,SECRET/x@host/x", "https://host/x"),
    ("https://proxy.example.com/https://u:SECRET@h/x", "https://proxy.example.com/https"),
    ("postgres://db:5432/orders?email=a@b", "postgres://db:5432/orders"),
    ("jdbc:postgresql://db:5432/orders?user=app@server&password=SECRET", "jdbc:postgresql://db:5432/orders"),
    ("AccountEndpoint=https://x.documents.azure.com:443/;AccountKey=SECRET==;", ""),
];

#[test]
fn urls_lose_users_passwords_queries_and_fragments() {
    for (url, redacted) in URLS {
        assert_eq!(redact_url(url).to_string(), redacted, "{url}");
        assert_eq!(redact_url(redacted).to_string(), redacted, "once more: {url}");
    }
}

/// Connection strings of all kinds with secrets, and what is left of them.
const CONNECTIONS: [(&str, &str); 106] = [
    ("Server=db;Database=orders", "Server=db;Database=orders"),
    ("Server=db;User Id=app;Password=SECRET;", "Server=db;?;"),
    ("server=db;uid=app;PWD=SECRET", "server=db;?"),
    ("Server=db; Password = SECRET ; Timeout=5", "Server=db; ?"),
    ("Server=db;Password=two words SECRET;Timeout=5", "Server=db;?"),
    ("Server=db;Password=\"a;SECRET\";Timeout=5", "Server=db;?"),
    ("Server=db;Password='a;\"\"SECRET';Timeout=5", "Server=db;?"),
    ("Server=db;Password='it''s;SECRET';Timeout=5", "Server=db;?"),
    ("Driver={SQL Server};Server=db;Pwd={a;}}SECRET};X=1", "?;Server=db;?"),
    ("Server=db;Pass_Word=SECRET;X=1", "Server=db;?"),
    ("Server=db;pass word=SECRET;X=1", "Server=db;?"),
    ("Password=SECRET;Server=db", "?;Server=db"),
    ("Password=SECRET", "?"),
    ("Password=", "?"),
    ("Server=db;Password='cut SECRET", "Server=db;?"),
    ("Server=db;Password={cut SECRET;X=1", "Server=db;?"),
    ("host=db password=SECRET user=app", "host=db ?"),
    ("host=db password='a SECRET' user=app", "host=db ?"),
    ("host=db password='it\\'s SECRET' user=app", "host=db ?"),
    ("host=db password=a SECRET user=app", "host=db ?"),
    ("host=db password = SECRET user = app", "host=db ?"),
    ("host=db\npassword=SECRET\nuser=app", "host=db\n?"),
    ("sslkey=SECRET host=db sslpassword=SECRET", "? host=db ?"),
    ("cache:6379,password=SECRET,ssl=True", "cache:6379,?"),
    ("cache:6379,password=a,SECRET,ssl=True", "cache:6379,?"),
    ("user=app&password=SECRET&x=1", "?"),
    ("AccountName=a;AccountKey=SECRET==;EndpointSuffix=core", "?"),
    ("Endpoint=sb://bus.example.net/;SharedAccessKey=SECRET", "?"),
    ("SharedAccessSignature=sr=x&sig=SECRET", "?"),
    ("Server=db;Access Token=SECRET", "Server=db;?"),
    ("Server=db;ClientSecret=SECRET;X=1", "Server=db;?"),
    ("Server=db;ApiKey=SECRET;X=1", "Server=db;?"),
    ("Server=db;Credential=SECRET;X=1", "Server=db;?"),
    ("(DESCRIPTION=(ADDRESS=(HOST=db))(CONNECT_DATA=(PASSWORD=SECRET)))", "(?(HOST=db))(?)))"),
    ("app:SECRET@tcp(db:3306)/orders?tls=true&x=SECRET", "tcp(db:3306)/orders"),
    ("app/SECRET@db", "db"),
    ("app/SECRET@//db:1521/orders", "//db:1521/orders"),
    ("postgresql://app:SECRET@db/orders?x=SECRET", "postgresql://db/orders"),
    ("db:3306", "db:3306"),
    ("", ""),
    ("Server=.\\SQLEXPRESS;AttachDbFilename=\"C:\\My Data\\\";User ID=sa;Password=SECRET", "Server=.\\SQLEXPRESS;?"),
    (
        "metadata=res://*/M.csdl;provider=System.Data.SqlClient;provider connection string=\"Server=db;User Id=app;Password=SECRET\"",
        "?;provider=System.Data.SqlClient;?Server=db;?",
    ),
    ("Provider=MSDASQL;Extended Properties=\"DSN=x;UID=a;PWD=SECRET\"", "Provider=MSDASQL;?"),
    ("host=db user=a password=SECRET sslmode=require;", "host=db ? sslmode=require;"),
    ("host=db user=a password=SECRET;x", "host=db ?"),
    ("user=app&password=SE;CRET&x=1", "?"),
    ("cache:6379,password=SE;CRET,ssl=True", "cache:6379,?"),
    ("app:p=SECRET@tcp(db:3306)/orders", "tcp(db:3306)/orders"),
    ("app/p=SECRET@db", "db"),
    ("jdbc:oracle:thin:app/p=SECRET@db:1521/x", "jdbc:oracle:thin:@db:1521/x"),
    ("root:pa=SECRET@/orders", "/orders"),
    ("app:SECRET==@tcp(db:3306)/orders?tls=true", "tcp(db:3306)/orders"),
    ("app:SE;CRET@tcp(db:3306)/orders?tls=true", "tcp(db:3306)/orders"),
    ("app:SE CRET@tcp(db:3306)/orders?tls=true", "tcp(db:3306)/orders"),
    (" https://u:SECRET@h/x", " https://h/x"),
    ("\nmongodb://app:SECRET@db/orders", "\nmongodb://db/orders"),
    ("\"postgresql://app:SECRET@db/orders\"", "\"postgresql://db/orders\""),
    ("<https://u:SECRET@h/x>", "<https://h/x>"),
    ("GET https://u:SECRET@h/x HTTP/1.1", "GET https://h/x HTTP/1.1"),
    ("https:///u:SECRET@h/x", "https:///h/x"),
    ("url=postgres://app:SECRET@db/orders", "?"),
    ("Endpoint=https://u:SECRET@h/;X=1", "?"),
    ("DSN=app:SECRET@db", "?"),
    ("BlobEndpoint=https://a.blob.core.windows.net/?sv=1&sig=SECRET;X=1", "?"),
    ("PWD='a'SECRET;X=1", "?"),
    ("PWD={a}SECRET;X=1", "?"),
    ("password='a'SECRET user=x", "?"),
    ("host=db password=a)SECRET user=app", "host=db ?"),
    ("host=db password=a\nSECRET user=app", "host=db ?"),
    ("Server=db;Password=a\nSECRET;X=1", "Server=db;?"),
    ("user=\npassword=SECRET\nhost=db", "?\nhost=db"),
    ("Uid=app;Pwd\n=SECRET", "?"),
    ("Server='db;Password=SECRET", "?"),
    ("Driver={x;PWD=SECRET", "?"),
    ("Driver={x};APP='my app;PWD=SECRET", "?"),
    ("app/pw@(DESCRIPTION=(ADDRESS=(HOST=db))(SECURITY=(WALLET_PASSWORD=SECRET)))", "(?(HOST=db))(?)))"),
    ("app:SE?CRET@tcp(db:3306)/orders", "?"),
    ("app:p@SE?CRET@tcp(db:3306)/orders", "?"),
    ("a\\ b=SECRET", "?"),
    ("password=a SECRET=1,ssl=true", "?"),
    ("Server=db;PW=SECRET", "Server=db;?"),
    ("host:db,password:SECRET", "?"),
    ("sasl.jaas.config=L required username=\"u\" password=\"SECRET\";", "?;"),
    ("jdbc:oracle:thin:app/SECRET?x@db:1521/s", "jdbc:oracle:thin:@db:1521/s"),
    ("mysql://app:p@SECRET?x@db/o", "mysql://"),
    ("mysql://app:4242?SECRET@db/o", "mysql://"),
    ("https://u:pa]SEC/RET@host/x", "https://host/x"),
    ("https://u:1,SECRET/x@host/x", "https://host/x"),
    ("https://proxy.example.com/https://u:SECRET@h/x", "https://proxy.example.com/https"),
    ("/home/u@x/db.sqlite", "x/db.sqlite"),
    ("Ping=1;Server=db", "?;Server=db"),
    ("C:\\data\\orders.db", "C:\\data\\orders.db"),
    (":memory:", ":memory:"),
    ("file:orders.db?key=SECRET", "file:orders.db"),
    ("orders.sqlite", "orders.sqlite"),
    (
        "Server=tcp:db.example.com,1433;Initial Catalog=orders;Persist Security Info=False;User ID=app;Password=SECRET;Encrypt=True;",
        "Server=tcp:db.example.com,1433;Initial Catalog=orders;?;",
    ),
    ("host=/var/run/postgresql port=5432 dbname=orders user=app", "host=/var/run/postgresql port=5432 dbname=orders ?"),
    ("Data Source=(localdb)\\MSSQLLocalDB;Integrated Security=True", "?"),
    ("postgres://db:5432/orders?email=a@b", "postgres://db:5432/orders"),
    ("jdbc:postgresql://db:5432/orders?user=app@server&password=SECRET", "jdbc:postgresql://db:5432/orders"),
    ("app:SECRET", "?"),
    ("host=u:SECRET@db", "?"),
    ("Server=SECRETuser:pw;x=1", "?"),
    ("host=2001:db8::1 port=5432", "? port=5432"),
    ("Server=[::1]:1433;Database=o", "Server=[::1]:1433;Database=o"),
    ("AccountEndpoint=https://x.documents.azure.com:443/;AccountKey=SECRET==;", "?;"),
];

#[test]
fn connection_strings_lose_their_secrets() {
    for (text, redacted) in CONNECTIONS {
        assert_eq!(redact_connection(text).to_string(), redacted, "{text}");
        assert!(!gives_away(&redact_connection(redacted).to_string()), "{text}");
    }
}

#[test]
fn any_url_or_connection_string_comes_in_pieces_of_itself() {
    const PARTS: [&str; 30] = [
        "http",
        "jdbc:",
        "oracle:thin:",
        "://",
        "//",
        "/",
        ":",
        "@",
        "?",
        "#",
        ";",
        "=",
        "&",
        ",",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "\\",
        " ",
        "\n",
        "password",
        "host",
        "80",
        "é",
        "🦀",
    ];
    let mut dice = SeededRng::new(6);
    for _ in 0..300_000 {
        let text = random_text(&mut dice, &PARTS);
        for pieces in [redact_url(&text).collect::<Vec<_>>(), redact_connection(&text).collect()] {
            let mut rest = text.as_str();
            for piece in pieces.into_iter().filter(|&piece| piece != "?") {
                let at = rest.find(piece).expect("a piece of the text, behind the one before");
                rest = &rest[at + piece.len()..];
            }
        }
    }
}

fn context() -> TraceContext {
    TraceContext::new("1-5759e988-bd862e3fe1be46a994272793".parse().unwrap(), "53995c3f42cd8ad8".parse().unwrap())
}

const START: Timestamp = Timestamp::from_secs(1_465_510_280);

#[test]
fn no_planted_secret_is_in_a_datagram_unless_it_is_asked_for() {
    let mut document = Document::<8192>::new();
    let database_types = ["PostgreSQL", "MySQL", "sqlite3", "MS SQL", "Oracle", ""];
    let urls = URLS.iter().map(|&(url, _)| url);
    let connections = CONNECTIONS.iter().map(|&(text, _)| text);
    let statements = ["SELECT 'SECRET', 4242", "INSERT INTO t VALUES (4242, 'it''s SECRET')"];
    for text in urls.chain(connections).chain(statements) {
        for verbatim in [false, true] {
            let mut asked_for = 0;
            let mut check = |json: &str| {
                assert!(serde_json::from_str::<serde_json::Value>(json).is_ok());
                asked_for += usize::from(gives_away(json));
                assert!(verbatim || !gives_away(json), "{text}: {json}");
            };
            if URLS.iter().any(|&(url, _)| url == text) {
                let mut segment = Segment::begin(&mut document, "s", context(), None, START).unwrap();
                segment.set_http_request(&IncomingRequest { url: Some(text), verbatim, ..Default::default() }).unwrap();
                check(segment.json());
                let mut call = Subsegment::begin(&mut document, "s", context(), context().id(), START).unwrap();
                call.set_http_request(&OutgoingRequest { url: Some(text), verbatim, ..Default::default() }).unwrap();
                check(call.json());
                call.set_sql(&Sql { url: Some(text), verbatim, ..Default::default() }).unwrap();
                check(call.json());
            }
            let mut call = Subsegment::begin(&mut document, "s", context(), context().id(), START).unwrap();
            call.set_sql(&Sql { connection_string: Some(text), verbatim, ..Default::default() }).unwrap();
            if !statements.contains(&text) {
                check(call.json());
            }
            for database_type in database_types.map(Some) {
                if statements.contains(&text) {
                    let sanitized_query = Some(text);
                    call.set_sql(&Sql { sanitized_query, database_type, verbatim, ..Default::default() }).unwrap();
                    check(call.json());
                }
            }
            assert_eq!(asked_for > 0, verbatim && gives_away(text), "{text}");
        }
    }
}

#[test]
fn a_url_of_a_statement_that_is_a_list_of_names_and_values_loses_its_password() {
    let mut document = Document::<1024>::new();
    let start = Timestamp::from_secs(1_465_510_280);
    let mut subsegment = Subsegment::begin(&mut document, "db", context(), context().id(), start).unwrap();
    for (url, left) in [
        ("host=db user=app password=SECRET dbname=orders", "host=db"),
        ("Server=tcp:db,1433;Password=SECRET", "Server=tcp:db,1433"),
        ("postgres://app:SECRET@db/orders?a=b", "postgres://db/orders"),
        ("db:5432/orders?password=SECRET", "db:5432/orders"),
        ("orders.sqlite", "orders.sqlite"),
    ] {
        subsegment.set_sql(&Sql { url: Some(url), ..Sql::default() }).unwrap();
        let json = subsegment.json();
        assert!(!gives_away(json) && json.contains(left), "{url}: {json}");
    }
}

#[test]
fn a_redacted_text_is_cut_by_what_is_left_of_it() {
    let mut document = Document::<8192>::new();
    let mut call = Subsegment::begin(&mut document, "s", context(), context().id(), START).unwrap();
    let long = format!("https://u:{}@example.com/{}?{}", "p".repeat(300), "x".repeat(200), "q".repeat(300));
    call.set_http_request(&OutgoingRequest { url: Some(&long), ..Default::default() }).unwrap();
    assert!(call.json().contains(&format!(r#""url":"https://example.com/{}""#, "x".repeat(200))));
    assert_eq!(call.tally().cut, 0);

    let longer = format!("https://u:p@example.com/{}?q", "x".repeat(300));
    call.set_http_request(&OutgoingRequest { url: Some(&longer), ..Default::default() }).unwrap();
    assert!(call.json().contains(&format!(r#""url":"https://example.com/{}…""#, "x".repeat(229))));
    assert_eq!(call.tally().cut, 1);
}

#[test]
fn a_statement_is_cut_to_the_room_there_is_without_giving_anything_away() {
    let mut document = Document::<512>::new();
    for length in 0..300 {
        let statement =
            format!("SELECT '{}' \"é\" FROM \"{}\" WHERE a = 4242", "SECRET".repeat(50), "n".repeat(length));
        let mut call = Subsegment::begin(&mut document, "s", context(), context().id(), START).unwrap();
        let sql = Sql { sanitized_query: Some(&statement), database_type: Some("PostgreSQL"), ..Default::default() };
        call.set_sql(&sql).unwrap();
        let cut = call.tally().cut;
        let document: serde_json::Value = serde_json::from_str(call.json()).unwrap();
        let query = document["sql"]["sanitized_query"].as_str().unwrap();
        assert!(!gives_away(query));
        assert_eq!(cut == 1, query.ends_with('…'), "{query}");
        assert!(query.starts_with("SELECT ? \"é\" FROM \""), "{query}");
    }
}
