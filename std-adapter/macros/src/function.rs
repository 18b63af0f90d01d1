//! One function: its body runs in a subsegment.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, Block, Expr, ExprAsync, Ident, LitStr, Path, ReturnType, Signature, Stmt, Type, Visibility, parse_quote,
};

use crate::options::Options;

/// A function, a method, or one of a trait.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    defaultness: Option<syn::Token![default]>,
    signature: Signature,
    block: Block,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let defaultness = input.parse()?;
        let signature: Signature = input.parse()?;
        if input.peek(syn::Token![;]) {
            return Err(syn::Error::new_spanned(signature, "a function without a body cannot be captured"));
        }
        Ok(Self { attributes, visibility, defaultness, signature, block: input.parse()? })
    }
}

/// The function with its body in a subsegment.
pub(crate) fn capture(options: &Options, item: TokenStream) -> syn::Result<TokenStream> {
    let Function { mut attributes, visibility, defaultness, signature, mut block } = syn::parse2(item)?;
    // Once is enough.
    attributes.retain(|attribute| !is_capture(attribute, &options.krate));
    if !options.skip {
        wrap(options, &signature, &mut block)?;
    }
    Ok(quote!(#(#attributes)* #visibility #defaultness #signature #block))
}

/// Whether an attribute is `#[capture]`, by its name alone or by the path of this crate; others have one of that name, too.
pub(crate) fn is_capture(attribute: &Attribute, krate: &Path) -> bool {
    let path: Vec<&Ident> = attribute.path().segments.iter().map(|segment| &segment.ident).collect();
    let Some((name, before)) = path.split_last() else { return false };
    let is_ours = match before {
        [] => true,
        [only] if *only == "xray_recorder" => true,
        before => before.iter().copied().eq(krate.segments.iter().map(|segment| &segment.ident)),
    };
    *name == "capture" && is_ours
}

/// Puts the body of a function in a subsegment.
pub(crate) fn wrap(options: &Options, signature: &Signature, block: &mut Block) -> syn::Result<()> {
    if let Some(constness) = signature.constness {
        return Err(syn::Error::new_spanned(constness, "a const fn cannot be captured: it may run while compiling"));
    }
    let own_name = key_of(&signature.ident);
    let name = options.name.as_ref().unwrap_or(&own_name);
    if signature.asyncness.is_some() {
        let body = Body { options, name, output: output_of(signature) };
        let wrapped = if diverges(&signature.output) { body.never(block) } else { body.awaited(block) };
        *block = parse_quote!({ #wrapped });
    } else if let Some(future) = future_of(block) {
        // What is recorded is the future, as this function only makes it.
        let inner = &future.block;
        let wrapped = Body { options, name, output: None }.awaited(inner);
        future.block = parse_quote!({ #wrapped });
        future.capture = Some(Default::default());
    } else {
        let body = Body { options, name, output: output_of(signature) };
        let wrapped = body.called(block, diverges(&signature.output));
        *block = parse_quote!({ #wrapped });
    }
    Ok(())
}

/// What is needed to write the body anew.
struct Body<'a> {
    options: &'a Options,
    name: &'a LitStr,
    /// The type that the body gives, where a closure can be told.
    output: Option<Type>,
}

impl Body<'_> {
    /// Begins the subsegment and records what was asked for, while the arguments are still there.
    fn begun(&self, subsegment: &Ident) -> TokenStream {
        let Options { namespace, annotations, metadata, krate, .. } = self.options;
        let name = self.name;
        let mut calls = TokenStream::new();
        if let Some(namespace) = namespace {
            calls.extend(quote!(#subsegment.set_namespace(#krate::Namespace::#namespace);));
        }
        for value in annotations {
            let (key, value) = (key_of(&value.key), &value.value);
            calls.extend(quote!(#krate::__capture::annotate(&mut #subsegment, #key, &#value);));
        }
        for value in metadata {
            let (key, value) = (key_of(&value.key), &value.value);
            calls.extend(quote!(#subsegment.put_metadata(#key, &#value);));
        }
        if calls.is_empty() {
            return quote!(let #subsegment = #krate::__capture::begin(#name););
        }
        quote! {
            let mut #subsegment = #krate::__capture::begin(#name);
            if #subsegment.is_recorded() {
                #calls
            }
        }
    }

    /// Tells a `Result` from other values, and how much of an error is known of its type.
    fn outcome(&self) -> TokenStream {
        let krate = &self.options.krate;
        quote! {
            |__subsegment, __result| {
                #[allow(unused_imports)]
                use #krate::__capture::outcome::*;
                (&&&&&&Outcome(__result)).record(__subsegment)
            }
        }
    }

    fn called(&self, block: &Block, diverges: bool) -> TokenStream {
        let krate = &self.options.krate;
        let subsegment = Ident::new("__xray_subsegment", Span::mixed_site());
        let begun = self.begun(&subsegment);
        if diverges {
            let attached = Ident::new("__xray_attached", Span::mixed_site());
            return quote! {
                #begun
                let #attached = #subsegment.handle().attach();
                #block
            };
        }
        let (outcome, output) = (self.outcome(), self.output.as_ref().map(|output| quote!(-> #output)));
        quote! {
            #begun
            #krate::__capture::call(#subsegment, move || #output #block, #outcome)
        }
    }

    /// The body of an `async fn` that never gives anything.
    fn never(&self, block: &Block) -> TokenStream {
        let krate = &self.options.krate;
        let subsegment = Ident::new("__xray_subsegment", Span::mixed_site());
        let begun = self.begun(&subsegment);
        quote! {
            #begun
            #[allow(unreachable_code, unused_variables, clippy::diverging_sub_expression)]
            {
                #krate::__capture::awaited(#subsegment, async move { let __never: () = #block; }, |_, _| ()).await;
                ::core::unreachable!()
            }
        }
    }

    fn awaited(&self, block: &Block) -> TokenStream {
        let krate = &self.options.krate;
        let subsegment = Ident::new("__xray_subsegment", Span::mixed_site());
        let (begun, outcome) = (self.begun(&subsegment), self.outcome());
        // Not the block itself: its braces would be taken for the user's, and for too many.
        let statements = &block.stmts;
        // A block of its own cannot be told its type; a `return` that never happens tells it.
        let told = self.output.as_ref().map(|output| {
            quote! {
                if let ::core::option::Option::Some(__never) = ::core::option::Option::None::<#output> {
                    return __never;
                }
            }
        });
        quote! {
            #begun
            #krate::__capture::awaited(#subsegment, async move { #told #(#statements)* }, #outcome).await
        }
    }
}

fn key_of(key: &Ident) -> LitStr {
    LitStr::new(key.to_string().trim_start_matches("r#"), key.span())
}

fn output_of(signature: &Signature) -> Option<Type> {
    match &signature.output {
        ReturnType::Default => Some(parse_quote!(())),
        ReturnType::Type(_, output) if mentions_impl_trait(output) => None,
        ReturnType::Type(_, output) => Some((**output).clone()),
    }
}

/// Whether `impl Trait` stands somewhere in a type, which a closure cannot be told.
fn mentions_impl_trait(output: &Type) -> bool {
    fn among(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == "impl",
            TokenTree::Group(group) => among(group.stream()),
            _ => false,
        })
    }
    among(output.to_token_stream())
}

fn diverges(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, output) if matches!(**output, Type::Never(_)))
}

/// The future that a function ends with, where it is no `async fn`: `async move { … }`, or that in a `Box::pin(…)`.
fn future_of(block: &mut Block) -> Option<&mut ExprAsync> {
    match block.stmts.last_mut()? {
        Stmt::Expr(Expr::Async(future), None) => Some(future),
        Stmt::Expr(Expr::Call(call), None) => {
            let Expr::Path(path) = &*call.func else { return None };
            if path.path.segments.last()?.ident != "pin" {
                return None;
            }
            match call.args.first_mut()? {
                Expr::Async(future) => Some(future),
                _ => None,
            }
        }
        _ => None,
    }
}
