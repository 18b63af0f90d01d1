//! Carts in DynamoDB.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use xray_recorder::TraceFuture;
use xray_recorder::ext::aws_sdk::SubsegmentInterceptor;

use crate::Failure;

const TABLE: &str = "carts";

/// What is in the carts at first.
const CARTS: [(&str, &str); 2] = [("7", "dune"), ("8", "solaris")];

/// The carts, if there is a DynamoDB.
pub(crate) struct Carts(Option<Client>);

impl Carts {
    /// Makes the table in the DynamoDB at this address, with one cart in it.
    pub(crate) async fn open(endpoint: Option<&str>) -> Result<Self, Failure> {
        let Some(endpoint) = endpoint else { return Ok(Self(None)) };
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "service-map"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(endpoint)
            // The one line for a client of AWS.
            .interceptor(SubsegmentInterceptor::new())
            .build();
        let client = Client::from_conf(config);
        // What is set up here belongs to no request, and is recorded nowhere.
        async {
            create_table(&client).await?;
            for (cart, book) in CARTS {
                put(&client, cart, book).await?;
            }
            Ok::<_, Failure>(())
        }
        .detached()
        .await?;
        Ok(Self(Some(client)))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// The book in a cart.
    pub(crate) async fn book_of(&self, cart: &str) -> Result<String, Failure> {
        let Some(client) = &self.0 else {
            let known = CARTS.iter().find(|(id, _)| *id == cart);
            return Ok(known.ok_or("there is no such cart")?.1.to_owned());
        };
        let found = client.get_item().table_name(TABLE).key("id", AttributeValue::S(cart.to_owned())).send().await?;
        let book = found.item.as_ref().and_then(|item| item.get("book")).and_then(|book| book.as_s().ok());
        Ok(book.ok_or("the cart has no book")?.clone())
    }
}

async fn create_table(client: &Client) -> Result<(), Failure> {
    let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build()?;
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build()?;
    let table = client.create_table().table_name(TABLE).attribute_definitions(id).key_schema(key);
    table.billing_mode(BillingMode::PayPerRequest).send().await?;
    Ok(())
}

async fn put(client: &Client, cart: &str, book: &str) -> Result<(), Failure> {
    let [id, book] = [cart, book].map(|text| AttributeValue::S(text.to_owned()));
    client.put_item().table_name(TABLE).item("id", id).item("book", book).send().await?;
    Ok(())
}
