//! Where blobs are kept. A bucket that cannot be used stops the start: what would land on the disk instead, other nodes
//! would not find.

use std::{path::PathBuf, sync::Arc};

use vertice_ports::Clock;
use vertice_storage::{Bucket, BucketConfig, BucketError, BucketTuning, Database, StoredBlobs};

use crate::settings::{S3Settings, Settings};

/// Where blobs are, in the data directory.
const BLOBS_DIR: &str = "blobs";

/// Pictures, files and artifacts.
pub(super) async fn blobs(
    settings: &Settings,
    database: &Database,
    clock: &Arc<dyn Clock>,
) -> Result<StoredBlobs, BucketError> {
    let (database, limit, clock) = (database.clone(), settings.storage_limit_per_user, Arc::clone(clock));
    let folder = folder(settings);
    let Some(s3) = &settings.s3 else { return Ok(StoredBlobs::on_disk(database, folder, limit, clock)) };
    let bucket = bucket(s3).await?;
    if tokio::fs::try_exists(&folder).await.unwrap_or_default() {
        tracing::warn!(
            "blobs are kept in the bucket {}, and {} is not looked into any more; copy it into the bucket, as blobs/",
            s3.bucket,
            folder.display()
        );
    }
    Ok(StoredBlobs::in_bucket(database, bucket, limit, clock))
}

/// Whether they can be kept, for `vertice doctor`; it says where.
pub(crate) async fn check_blobs(settings: &Settings) -> Result<String, BucketError> {
    let Some(s3) = &settings.s3 else {
        return Ok(format!(
            "on this machine's disk, in {} (S3_ENDPOINT_URL is not set)",
            folder(settings).display()
        ));
    };
    bucket(s3).await?;
    Ok(format!("in the bucket {} of {}; it can be written and read", s3.bucket, s3.endpoint))
}

async fn bucket(s3: &S3Settings) -> Result<Bucket, BucketError> {
    let config = BucketConfig {
        endpoint: s3.endpoint.clone(),
        bucket: s3.bucket.clone(),
        region: s3.region.clone(),
        access_key: s3.access_key.reveal().to_owned(),
        secret_key: s3.secret_key.reveal().to_owned(),
    };
    let bucket = Bucket::new(&config, BucketTuning::default())?;
    bucket.check().await?;
    Ok(bucket)
}

fn folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join(BLOBS_DIR)
}
