//! What an earlier version left behind: the table it wrote, and the ledger it posted to, after its
//! last run. Stripe's records are made again from the same seed at the same instant.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::tenant::Tenant;
use crate::time;
use crate::world::World;

/// An image: gzipped JSON.
#[derive(Debug, Deserialize)]
pub struct Image {
    /// The commit that wrote it.
    pub written_by: String,
    /// The seed of the Stripe account.
    pub seed: u64,
    /// The account's movements.
    pub movements: u32,
    /// When it was taken, Unix milliseconds.
    pub taken_at: i64,
    /// The items of the table, in DynamoDB's own JSON.
    pub items: Vec<Value>,
    /// The rows of the ledger, as the simulated Core saves them.
    pub ledger: Value,
}

impl Image {
    /// Reads one from a file.
    ///
    /// # Panics
    /// When the file is no image.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without its image has nothing to say")]
    pub fn read(file: &Path) -> Self {
        let packed = std::fs::File::open(file).expect("an image");
        let mut text = String::new();
        GzDecoder::new(packed).read_to_string(&mut text).expect("gzip");
        serde_json::from_str(&text).expect("an image")
    }
}

impl<'w> Tenant<'w> {
    /// The install of an image, at the instant at which it was taken. The keys are sealed first, so
    /// that the simulated KMS knows them: a data key depends on the order of the calls alone.
    ///
    /// # Panics
    /// When the image is from another calendar, or its ledger cannot be restored.
    pub async fn of_image(world: &'w World, image: &Image) -> Self {
        let mut tenant = Self::connect(world, image.seed, image.movements).await;
        let past = u64::try_from(image.taken_at - time::now()).unwrap_or_default();
        assert!(past > 0, "the image is of {}: before the calendar starts", image.taken_at);
        time::jump(Duration::from_millis(past));
        tenant.replace_items(&image.items);
        world.put_ledger(&tenant.instance, image.ledger.clone()).await;
        tenant
    }
}
