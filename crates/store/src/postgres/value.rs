// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters and columns in the types of PostgreSQL.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::sql::Value;

/// Why a value is none of a type.
type Refused = Box<dyn Error + Sync + Send>;

/// A text as PostgreSQL takes it: it has no NUL.
pub fn text_of(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql_checked(kind, out),
            Self::Real(number) => number.to_sql_checked(kind, out),
            Self::Text(text) => text_of(text).to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // That is known of a value only.
        true
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Value<'static> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Refused> {
        Ok(match *kind {
            Type::INT8 => Self::Integer(i64::from_sql(kind, raw)?),
            Type::BOOL => Self::from(bool::from_sql(kind, raw)?),
            Type::FLOAT8 => Self::Real(f64::from_sql(kind, raw)?),
            _ => Self::Text(Cow::Owned(String::from_sql(kind, raw)?)),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Refused> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT8, Type::BOOL, Type::FLOAT8, Type::TEXT, Type::NAME].contains(kind)
    }
}
