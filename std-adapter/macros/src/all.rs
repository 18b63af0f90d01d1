//! Every function of an impl block or of an inline module.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Block, ImplItem, Item, ItemImpl, ItemMod, ItemTrait, LitStr, Meta, Signature, Token, TraitItem};
use xray_recorder_core::wildcard_match;

use crate::function::{is_capture, wrap};
use crate::options::{AllOptions, Options};

/// The item with the bodies of its functions in subsegments.
pub(crate) fn capture_all(options: &AllOptions, item: TokenStream) -> syn::Result<TokenStream> {
    let mut item: Item = syn::parse2(item)?;
    match &mut item {
        Item::Impl(block) => in_impl(options, block)?,
        Item::Trait(block) => in_trait(options, block)?,
        Item::Mod(module) => in_module(options, module)?,
        other => {
            return Err(syn::Error::new_spanned(
                other,
                "#[capture_all] goes on impl blocks, traits and inline modules",
            ));
        }
    }
    Ok(item.into_token_stream())
}

fn in_impl(options: &AllOptions, block: &mut ItemImpl) -> syn::Result<()> {
    for item in &mut block.items {
        if let ImplItem::Fn(function) = item {
            one(options, &mut function.attrs, &function.sig, &mut function.block)?;
        }
    }
    Ok(())
}

fn in_trait(options: &AllOptions, block: &mut ItemTrait) -> syn::Result<()> {
    for item in &mut block.items {
        if let TraitItem::Fn(function) = item {
            if let Some(block) = &mut function.default {
                one(options, &mut function.attrs, &function.sig, block)?;
            }
        }
    }
    Ok(())
}

fn in_module(options: &AllOptions, module: &mut ItemMod) -> syn::Result<()> {
    if is_test(&module.attrs) {
        return Ok(());
    }
    let Some((_, items)) = &mut module.content else {
        let why = "an attribute does not see what is in another file: put #[capture_all] on its impl blocks, or #[capture] \
                   on its functions";
        return Err(syn::Error::new_spanned(module, why));
    };
    for item in items {
        match item {
            Item::Fn(function) if !is_test(&function.attrs) => {
                one(options, &mut function.attrs, &function.sig, &mut function.block)?;
            }
            Item::Impl(block) => in_impl(options, block)?,
            Item::Trait(block) => in_trait(options, block)?,
            Item::Mod(module) if module.content.is_some() => in_module(options, module)?,
            _ => {}
        }
    }
    Ok(())
}

/// One function, unless it has an attribute of its own, is ignored by its name, or cannot be captured.
fn one(
    options: &AllOptions,
    attributes: &mut Vec<Attribute>,
    signature: &Signature,
    block: &mut Block,
) -> syn::Result<()> {
    let mut its = Options::default();
    if let Some(krate) = &options.krate {
        its.krate = krate.clone();
    }
    if let Some(at) = attributes.iter().position(|attribute| is_capture(attribute, &its.krate)) {
        let own = &attributes[at];
        let is_skipped = match &own.meta {
            Meta::List(list) => list.parse_args::<Options>()?.skip,
            _ => false,
        };
        if is_skipped {
            attributes.remove(at);
        }
        return Ok(());
    }
    let name = signature.ident.to_string();
    let name = name.trim_start_matches("r#");
    if signature.constness.is_some() || options.ignore.iter().any(|pattern| wildcard_match(pattern, name)) {
        return Ok(());
    }
    if let Some(prefix) = &options.prefix {
        its.name = Some(LitStr::new(&format!("{}{name}", prefix.value()), signature.ident.span()));
    }
    wrap(&its, signature, block)
}

/// `#[cfg(test)]`, `#[test]` and the like.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let last = attribute.path().segments.last();
        let is_cfg_test = match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg") => {
                list.parse_args::<Meta>().is_ok_and(|meta| asks_for_tests(&meta))
            }
            _ => false,
        };
        is_cfg_test || last.is_some_and(|segment| segment.ident == "test")
    })
}

/// Whether a predicate of `cfg` holds in tests alone: `test`, and `all` and `any` of that.
fn asks_for_tests(predicate: &Meta) -> bool {
    match predicate {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") || list.path.is_ident("any") => list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|predicates| predicates.iter().any(asks_for_tests)),
        _ => false,
    }
}
