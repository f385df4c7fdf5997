//! Conversations stored one by one, and what is noted of each.

use std::collections::HashSet;

use vertice_domain::{
    Actor, Error, ErrorKind, Result,
    import::{Imported, Loss, SkipCode, Skipped},
    model,
};
use vertice_ports::{
    artifacts::{Made as By, NewArtifact, WholeArtifact},
    imports::{Arrival, Whole},
};

use super::{
    ImporterDependencies,
    ready::{Arriving, Ready},
};
use crate::own::{self, Made};

/// An import under way.
pub(super) struct Taking<'a> {
    with: &'a ImporterDependencies,
    actor: &'a Actor,
    pub(super) imported: Imported,
    /// Why it ends early.
    pub(super) stopped: Option<Error>,
    /// What breaks off, and why; other files are read all the same.
    pub(super) broken: Option<Broken>,
    /// How much more may be said, in bytes.
    room: u64,
    /// The models that are known here; none: nobody has asked so far.
    models: Option<HashSet<String>>,
}

/// Something of which nothing more can be read.
pub(super) struct Broken {
    pub(super) what: String,
    pub(super) why: String,
}

impl<'a> Taking<'a> {
    pub(super) async fn begin(with: &'a ImporterDependencies, actor: &'a Actor) -> Result<Self> {
        let room = with.limit.saturating_sub(with.store.imported_bytes(actor.user).await?);
        let imported = Imported::default();
        Ok(Self { with, actor, imported, stopped: None, broken: None, room, models: None })
    }

    pub(super) fn stop(&mut self, error: Error) {
        self.stopped.get_or_insert(error);
    }

    /// An error ends the import.
    pub(super) async fn take(&mut self, ready: Ready) -> Result<()> {
        match ready {
            Ready::Conversation(arriving) => self.store(*arriving).await.or_else(|fault| self.cost(fault)),
            Ready::Skipped(skipped) => {
                self.imported.report.skip(skipped);
                Ok(())
            }
            Ready::Broken { what, why } if self.broken.is_some() => {
                self.skip(what, why, SkipCode::Unreadable);
                Ok(())
            }
            Ready::Broken { what, why } => {
                self.broken = Some(Broken { what, why });
                Ok(())
            }
        }
    }

    fn skip(&mut self, what: String, why: String, code: SkipCode) {
        self.imported.report.skip(Skipped { what, why, code });
    }

    /// What cannot be stored costs itself alone; an outage, or no more room, ends the import.
    fn cost(&mut self, Fault { what, error, is_full }: Fault) -> Result<()> {
        if is_full || error.kind == ErrorKind::Unavailable {
            return Err(error);
        }
        self.skip(what, error.message, SkipCode::Refused);
        Ok(())
    }

    async fn store(&mut self, mut arriving: Arriving) -> Result<(), Fault> {
        let stored = self.try_store(&mut arriving).await;
        match stored {
            Ok((Arrival::Stored, artifacts)) => self.note_stored(arriving, artifacts),
            Ok((Arrival::Here { messages }, _)) => self.note_here(arriving, messages),
            Ok((Arrival::Full, _)) => {
                return Err(Fault { what: arriving.what, error: full(self.with.limit), is_full: true });
            }
            Err(error) => return Err(Fault { what: arriving.what, error, is_full: false }),
        }
        Ok(())
    }

    /// What became of it, and how many artifacts came with it.
    async fn try_store(&mut self, arriving: &mut Arriving) -> Result<(Arrival, usize)> {
        let owner = self.actor.user;
        if let Some(here) = self.with.store.import_here(owner, &arriving.origin).await? {
            return Ok((here, 0));
        }
        if arriving.origin.size > self.room {
            return Ok((Arrival::Full, 0));
        }
        self.mend(arriving).await?;
        let artifacts = self.artifacts(arriving).await?;
        let Arriving { origin, whole, .. } = &*arriving;
        let whole =
            Whole { conversation: &whole.conversation, messages: &whole.messages, artifacts: &artifacts };
        let (store, limit) = (&self.with.store, self.with.limit);
        let arrival = store.insert_import(owner, origin, whole, limit).await?;
        Ok((arrival, artifacts.len()))
    }

    fn note_stored(&mut self, arriving: Arriving, artifacts: usize) {
        let Arriving { whole, losses, origin, .. } = arriving;
        self.room = self.room.saturating_sub(origin.size);
        let report = &mut self.imported.report;
        report.taken += 1;
        report.messages += whole.messages.len() as u64;
        report.artifacts += artifacts as u64;
        for (kind, count) in losses.0 {
            report.lose(kind, count);
        }
        self.imported.items.push(whole.conversation);
    }

    fn note_here(&mut self, arriving: Arriving, before: Option<u64>) {
        self.imported.report.already_here += 1;
        let more = before.map_or(0, |before| arriving.origin.messages.saturating_sub(before));
        if more > 0 {
            let why = format!(
                "It is here already, and has {more} more messages there by now. Delete it here and send the file again to have them."
            );
            self.skip(arriving.what, why, SkipCode::Grown);
        }
    }

    /// Sets right what only this server knows: which pictures are here, and which models.
    async fn mend(&mut self, arriving: &mut Arriving) -> Result<()> {
        let hashes = own::pictures(&arriving.whole);
        let here = match hashes.as_slice() {
            [] => Vec::new(),
            hashes => self.with.blobs.sizes(self.actor.user, hashes).await?,
        };
        let here = here.into_iter().map(|(hash, _)| hash).collect();
        own::without_pictures(&mut arriving.whole, &here, &mut arriving.losses);
        let wanted = arriving.whole.conversation.model.clone();
        if wanted != model::AUTO && !self.knows(&wanted).await? {
            arriving.losses.note(Loss::Model);
            model::AUTO.clone_into(&mut arriving.whole.conversation.model);
        }
        Ok(())
    }

    async fn knows(&mut self, model: &str) -> Result<bool> {
        if self.models.is_none() {
            let known = self.with.models.list(self.actor).await?;
            self.models = Some(known.into_iter().map(|model| model.id).collect());
        }
        Ok(self.models.as_ref().is_some_and(|models| models.contains(model)))
    }

    /// Their contents are kept, and they are ready to be stored with their conversation.
    async fn artifacts(&self, arriving: &mut Arriving) -> Result<Vec<WholeArtifact>> {
        let mut drafted = Vec::with_capacity(arriving.artifacts.len());
        for Made { artifact, version, content } in std::mem::take(&mut arriving.artifacts) {
            let new = NewArtifact {
                conversation: artifact.conversation_id,
                path: artifact.path.as_str().to_owned(),
                title: Some(artifact.title.clone()),
                kind: Some(artifact.kind),
                language: artifact.language.clone(),
                content: content.clone(),
                note: version.note.clone(),
                by: By::ByPerson,
            };
            let (mut stored, mut first) = self.with.artifacts.draft(self.actor, new).await?;
            (stored.artifact.id, stored.artifact.message_id) = (artifact.id, artifact.message_id);
            (stored.artifact.created_at, stored.artifact.updated_at) =
                (artifact.created_at, artifact.updated_at);
            stored.artifact.language = artifact.language;
            first.version.created_by = version.created_by;
            (first.version.created_at, first.version.message_id) = (version.created_at, version.message_id);
            drafted.push(WholeArtifact { stored, first, content: Some(content) });
        }
        Ok(drafted)
    }
}

/// A conversation that could not be stored.
struct Fault {
    what: String,
    error: Error,
    /// There is no room for it, and hardly for what follows.
    is_full: bool,
}

fn full(limit: u64) -> Error {
    let message = format!(
        "Imported conversations of one user may take {} MB, and that is reached. Delete some of them first; what was deleted \
         counts until it is gone for good.",
        limit / (1024 * 1024)
    );
    Error::new(ErrorKind::TooLarge, "storage_exceeded", message)
}
