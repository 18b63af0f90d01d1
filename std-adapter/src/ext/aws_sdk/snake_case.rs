//! The names of parameters as keys of documents.

/// The name in snake case, by the rule of the Python SDK: a word begins at a capital that a small letter follows, and at
/// one that follows a small letter or a digit.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    let mut before = None;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        let ends_word = before.is_some_and(|before: char| before.is_ascii_lowercase() || before.is_ascii_digit());
        let begins_word = characters.peek().is_some_and(char::is_ascii_lowercase);
        if character.is_ascii_uppercase() && before.is_some_and(|before| before != '_') && (ends_word || begins_word) {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
        before = Some(character);
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_become_what_the_python_sdk_makes_of_them() {
        let pairs = [
            ("TableName", "table_name"),
            ("QueueUrl", "queue_url"),
            ("IPAddress", "ip_address"),
            ("QueueOwnerAWSAccountId", "queue_owner_aws_account_id"),
            ("VersionId", "version_id"),
            ("SSEKMSKeyId", "ssekms_key_id"),
            ("key", "key"),
            ("ConsumedCapacity", "consumed_capacity"),
            ("ListObjectsV2", "list_objects_v2"),
            ("WaitTimeSeconds", "wait_time_seconds"),
            ("AttributesToGet", "attributes_to_get"),
            ("MD5OfBody", "md5_of_body"),
            ("Bucket", "bucket"),
            ("", ""),
        ];
        for (name, snake) in pairs {
            assert_eq!(snake_case(name), snake);
        }
    }
}
