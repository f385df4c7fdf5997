//! Who is who at an issuer.

use async_trait::async_trait;
use vertice_domain::{Profile, Result, Role, UserId};
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
    sqlx::query(
        "INSERT INTO identities (kind, issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(OIDC)
    .bind(subject.issuer.as_str())
    .bind(subject.subject.as_str())
    .bind(user.profile.id.to_string())
    .bind(user.profile.created_at.as_millis())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Joined::Made)
}

async fn set_role(database: &Database, user: UserId, role: Role) -> Result<(), Fault> {
    sqlx::query("UPDATE users SET role = $1 WHERE id = $2")
        .bind(role.as_str())
        .bind(user.to_string())
        .execute(database.writer())
        .await?;
    Ok(())
}
