//! The attributes of `xray-recorder` that record functions. They are re-exported and documented there.

#![forbid(unsafe_code)]

mod all;
mod function;
mod options;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;

/// Records each call of a function in a subsegment of the current entity: see `xray_recorder::capture`.
#[proc_macro_attribute]
pub fn capture(options: TokenStream, item: TokenStream) -> TokenStream {
    expanded(syn::parse(options).and_then(|options| function::capture(&options, item.into())))
}

/// Records each call of every function of an impl block or an inline module: see `xray_recorder::capture_all`.
#[proc_macro_attribute]
pub fn capture_all(options: TokenStream, item: TokenStream) -> TokenStream {
    expanded(syn::parse(options).and_then(|options| all::capture_all(&options, item.into())))
}

fn expanded(tokens: syn::Result<Tokens>) -> TokenStream {
    tokens.unwrap_or_else(syn::Error::into_compile_error).into()
}
