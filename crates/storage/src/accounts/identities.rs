//! Who is who at an issuer.

use async_trait::async_trait;
use sqlx::{Any, Transaction};
use vertice_domain::{Profile, Result, Role, Timestamp, UserId};
use vertice_ports::{
    IdentityStore,
    identities::{Joined, Subject},
    store::NewUser,
};

use super::users;
use crate::{database::Database, fault::Fault, rows};

/// An issuer's subject, in the column `kind`.
const OIDC: &str = "oidc";

const PROFILE: &str = "SELECT u.id, u.email, u.name, u.role, u.locale, u.created_at FROM identities i \
                       JOIN users u ON u.id = i.user_id WHERE i.kind = $1 AND i.issuer = $2 AND i.subject = $3";

#[async_trait]
impl IdentityStore for Database {
    async fn user_of(&self, subject: &Subject) -> Result<Option<Profile>> {
        Ok(find(self, subject).await?)
    }

    async fn join(&self, subject: &Subject, user: NewUser) -> Result<Joined> {
        Ok(join(self, subject, &user).await?)
    }

    async fn link(&self, subject: &Subject, user: UserId, now: Timestamp) -> Result<bool> {
        Ok(link(self, subject, user, now).await?)
    }

    async fn set_role(&self, user: UserId, role: Role) -> Result<()> {
        Ok(set_role(self, user, role).await?)
    }
}

async fn find(database: &Database, subject: &Subject) -> Result<Option<Profile>, Fault> {
    let row = sqlx::query(PROFILE)
        .bind(OIDC)
        .bind(subject.issuer.as_str())
        .bind(subject.subject.as_str())
        .fetch_optional(database.reader())
        .await?;
    row.as_ref().map(rows::profile).transpose()
}

async fn join(database: &Database, subject: &Subject, user: &NewUser) -> Result<Joined, Fault> {
    let mut transaction = users::begin_sign_up(database).await?;
    let known = sqlx::query(PROFILE)
        .bind(OIDC)
        .bind(subject.issuer.as_str())
        .bind(subject.subject.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
    if let Some(row) = known {
        return Ok(Joined::Known(rows::profile(&row)?));
    }
    if !users::insert(&mut transaction, user).await? {
        return Ok(Joined::EmailTaken);
    }
    insert(&mut transaction, subject, (user.profile.id, user.profile.created_at)).await?;
    transaction.commit().await?;
    Ok(Joined::Made)
}

async fn link(database: &Database, subject: &Subject, user: UserId, now: Timestamp) -> Result<bool, Fault> {
    let mut transaction = database.begin_write().await?;
    insert(&mut transaction, subject, (user, now)).await?;
    let row = sqlx::query(PROFILE)
        .bind(OIDC)
        .bind(subject.issuer.as_str())
        .bind(subject.subject.as_str())
        .fetch_one(&mut *transaction)
        .await?;
    let is_theirs = rows::profile(&row)?.id == user;
    transaction.commit().await?;
    Ok(is_theirs)
}

/// A subject that has an account keeps it.
async fn insert(
    transaction: &mut Transaction<'static, Any>,
    subject: &Subject,
    (user, now): (UserId, Timestamp),
) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO identities (kind, issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (kind, issuer, subject) DO NOTHING",
    )
    .bind(OIDC)
    .bind(subject.issuer.as_str())
    .bind(subject.subject.as_str())
    .bind(user.to_string())
    .bind(now.as_millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn set_role(database: &Database, user: UserId, role: Role) -> Result<(), Fault> {
    sqlx::query("UPDATE users SET role = $1 WHERE id = $2")
        .bind(role.as_str())
        .bind(user.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}
