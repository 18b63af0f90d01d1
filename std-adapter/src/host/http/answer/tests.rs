use super::*;

/// Reads what comes in pieces of this length, and then the end.
fn in_pieces(text: &[u8], length: usize, limit: usize) -> Result<Response, HttpError> {
    let mut pieces = text.chunks(length);
    let next = |piece: &mut [u8]| {
        let bytes = pieces.next().unwrap_or_default();
        piece[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    };
    read(next, limit)
}

fn answer(text: &str, limit: usize) -> Result<(u16, String), HttpError> {
    let whole = in_pieces(text.as_bytes(), PIECE, limit);
    for length in 1..text.len().min(PIECE) {
        assert_eq!(in_pieces(text.as_bytes(), length, limit), whole, "in pieces of {length}");
    }
    whole.map(|response| (response.status, String::from_utf8(response.body).unwrap()))
}

#[test]
fn bodies_of_each_framing_are_read_in_whatever_pieces_they_come() {
    for (text, status, body) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and no more", 200, "hello"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok"),
        ("HTTP/1.0 404 Not Found\r\n\r\nnowhere", 404, "nowhere"),
        ("HTTP/1.1 200\r\n\r\n", 200, ""),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, ""),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nX: y\r\n\r\n",
            200,
            "hello",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
            200,
            "0123456789",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            200,
            "x",
        ),
    ] {
        assert_eq!(answer(text, 10), Ok((status, body.to_owned())), "{text}");
    }
}

#[test]
fn an_answer_is_refused_that_is_no_http_or_of_two_lengths() {
    for text in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "{\"instanceId\":\"i-1\"}",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
    ] {
        assert_eq!(answer(text, 10), Err(HttpError::Malformed), "{text}");
    }
}

#[test]
fn an_answer_that_says_how_long_it_is_is_cut_off_at_every_byte_before_its_end() {
    for text in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n",
    ] {
        assert_eq!(answer(text, 5), Ok((200, "hello".to_owned())));
        for end in 0..text.len() {
            assert_eq!(answer(&text[..end], 5), Err(HttpError::CutOff), "{:?}", &text[..end]);
        }
    }
}

#[test]
fn a_body_longer_than_its_limit_is_refused_before_it_is_read() {
    let mut asked = 0;
    let endless = |piece: &mut [u8]| {
        asked += 1;
        piece.fill(b'x');
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
        piece[..head.len()].copy_from_slice(head);
        Ok(piece.len())
    };
    assert_eq!(read(endless, 10), Err(HttpError::TooLarge(10)));
    assert_eq!(asked, 1);
    for text in [
        "HTTP/1.1 200 OK\r\n\r\n01234567890",
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n5\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    ] {
        assert_eq!(answer(text, 10), Err(HttpError::TooLarge(10)), "{text}");
    }
}

#[test]
fn a_head_or_a_chunks_line_that_never_ends_is_refused() {
    let endless = |start: &'static [u8]| {
        let mut pieces = [start].into_iter();
        move |piece: &mut [u8]| {
            let bytes = pieces.next().unwrap_or(&[b'x'; PIECE]);
            piece[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    };
    assert_eq!(read(endless(b"HTTP/1.1 200 OK\r\nX: "), 10), Err(HttpError::Malformed));
    let chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;";
    assert_eq!(read(endless(chunk), 10), Err(HttpError::Malformed));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADERS + 1));
    assert_eq!(in_pieces(many.as_bytes(), PIECE, 10), Err(HttpError::Malformed));
}
