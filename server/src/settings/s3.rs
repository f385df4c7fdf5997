//! Where blobs are kept, if not on the disk. Half of it is a fault: blobs must never land on the disk of a node whose admin
//! has named a bucket.

use super::{Hidden, forms, reader::Reader};

/// The region of servers that have none.
const USUAL_REGION: &str = "us-east-1";

/// What is needed, all of it, as soon as any of it is there.
const NEEDED: [&str; 4] = ["S3_ENDPOINT_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET_NAME"];

/// A bucket of an S3-compatible server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// Without the bucket, and without a slash at its end.
    pub endpoint: String,
    pub access_key: Hidden,
    pub secret_key: Hidden,
    pub bucket: String,
    pub region: String,
}

/// None: nothing of it is set.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<S3Settings> {
    let given: Vec<_> = NEEDED.into_iter().chain(["S3_REGION"]).filter(|name| reader.is_set(name)).collect();
    let first = given.first()?;
    for name in NEEDED.into_iter().filter(|name| !given.contains(name)) {
        reader.refuse::<()>(name, format!("is missing; it is needed, since {first} is set"));
    }
    // Each is read, so that all faults are told at once.
    let endpoint = reader.optional("S3_ENDPOINT_URL", forms::endpoint);
    let access_key = reader.optional("S3_ACCESS_KEY", forms::secret);
    let secret_key = reader.optional("S3_SECRET_KEY", forms::secret);
    let bucket = reader.optional("S3_BUCKET_NAME", forms::bucket);
    let region = reader.or("S3_REGION", USUAL_REGION.to_owned(), forms::region);
    let (access_key, secret_key) = (Hidden(access_key?), Hidden(secret_key?));
    Some(S3Settings { endpoint: endpoint?, access_key, secret_key, bucket: bucket?, region })
}

#[cfg(test)]
mod tests {
    use crate::settings::{SettingErrors, Settings, Variables};

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingErrors> {
        Settings::read(&Variables::of(pairs.iter().map(|(name, value)| (*name, *value))))
    }

    #[test]
    fn a_bucket_is_named_with_all_that_it_needs() {
        let whole = [
            ("S3_ENDPOINT_URL", "http://127.0.0.1:9000/"),
            ("S3_ACCESS_KEY", "AKIAEXAMPLE"),
            ("S3_SECRET_KEY", "hunter2"),
            ("S3_BUCKET_NAME", "vertice"),
        ];
        let settings = read(&whole).unwrap();
        let s3 = settings.s3.as_ref().unwrap();
        assert_eq!((s3.endpoint.as_str(), s3.region.as_str()), ("http://127.0.0.1:9000", "us-east-1"));
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("AKIA"), "{shown}");
        for (missing, _) in whole {
            let rest: Vec<_> = whole.into_iter().filter(|(name, _)| *name != missing).collect();
            let told = read(&rest).unwrap_err().to_string();
            assert!(told.contains(&format!("{missing}: is missing")), "{told}");
            assert!(
                told.contains(&format!("for example: {missing}=")) && !told.contains("hunter2"),
                "{told}"
            );
        }
        assert_eq!(read(&[("S3_REGION", "eu-central-1")]).unwrap_err().0.len(), 4);
        assert_eq!(read(&[]).unwrap().s3, None);
        for (name, wrong) in [
            ("S3_ENDPOINT_URL", "https://key:hunter2@s3.example"),
            ("S3_ENDPOINT_URL", "https://s3.example?key=hunter2"),
            ("S3_BUCKET_NAME", "ab"),
            ("S3_BUCKET_NAME", "-bucket"),
            ("S3_BUCKET_NAME", "../vertice"),
        ] {
            let mut all = whole.to_vec();
            all.push((name, wrong));
            let faults = read(&all).unwrap_err();
            assert_eq!((faults.0.len(), faults.0[0].name.as_str()), (1, name));
            assert!(!faults.to_string().contains("hunter2"), "{faults}");
        }
    }
}
