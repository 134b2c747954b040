//! KMS: data keys that can be opened only with the encryption context they were made with.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Failed;

#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// By wrapped key: the key's ARN, the encryption context, the data key.
    wrapped: HashMap<String, (Value, Value, String)>,
}

impl Keys {
    pub(crate) fn answer(&mut self, action: &str, body: &Value) -> Result<Value, Failed> {
        match action {
            "GenerateDataKey" => Ok(self.generate(body)),
            "Decrypt" => self.decrypt(body),
            _ => Err(Failed::new("UnknownOperationException", action)),
        }
    }

    fn generate(&mut self, body: &Value) -> Value {
        let serial = self.wrapped.len();
        let data_key = STANDARD.encode(Sha256::digest(format!("data key {serial}")));
        let blob = STANDARD.encode(format!("wrapped data key number {serial}"));
        self.wrapped.insert(
            blob.clone(),
            (body["KeyId"].clone(), body["EncryptionContext"].clone(), data_key.clone()),
        );
        json!({"CiphertextBlob": blob, "Plaintext": data_key, "KeyId": body["KeyId"]})
    }

    fn decrypt(&self, body: &Value) -> Result<Value, Failed> {
        let known = body["CiphertextBlob"].as_str().and_then(|blob| self.wrapped.get(blob));
        match known {
            Some((key, context, plain))
                if *context == body["EncryptionContext"] && *key == body["KeyId"] =>
            {
                Ok(json!({"Plaintext": plain, "KeyId": key}))
            }
            Some((key, ..)) if *key != body["KeyId"] => {
                Err(Failed::new("IncorrectKeyException", "another key"))
            }
            _ => Err(Failed::new(
                "InvalidCiphertextException",
                "not made by this key under this context",
            )),
        }
    }
}
