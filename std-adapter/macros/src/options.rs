//! What stands in the parentheses of an attribute.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Path, Token, parenthesized, parse_quote};

/// Options of `#[capture]`.
#[derive(Clone)]
pub(crate) struct Options {
    /// The name of the subsegment; the function's without it.
    pub(crate) name: Option<LitStr>,
    /// `remote` or `aws`.
    pub(crate) namespace: Option<Ident>,
    pub(crate) annotations: Vec<Value>,
    pub(crate) metadata: Vec<Value>,
    /// Where the crate is found.
    pub(crate) krate: Path,
    /// Not to be recorded, in a block of which all is.
    pub(crate) skip: bool,
}

/// `key` or `key = expression`.
#[derive(Clone)]
pub(crate) struct Value {
    pub(crate) key: Ident,
    pub(crate) value: Expr,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: None,
            namespace: None,
            annotations: Vec::new(),
            metadata: Vec::new(),
            krate: parse_quote!(::xray_recorder),
            skip: false,
        }
    }
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key: Ident = input.parse()?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => input.parse()?,
            None => parse_quote!(#key),
        };
        Ok(Self { key, value })
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        if input.peek(LitStr) {
            options.name = Some(input.parse()?);
            input.parse::<Option<Token![,]>>()?;
        }
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                options.krate = path(input)?;
            } else {
                options.named(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

impl Options {
    fn named(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let option: Ident = input.parse()?;
        match option.to_string().as_str() {
            "name" => {
                input.parse::<Token![=]>()?;
                self.name = Some(input.parse()?);
            }
            "namespace" => {
                input.parse::<Token![=]>()?;
                let text: LitStr = input.parse()?;
                let variant = match text.value().as_str() {
                    "remote" => "Remote",
                    "aws" => "Aws",
                    _ => return Err(syn::Error::new(text.span(), "a namespace is \"remote\" or \"aws\"")),
                };
                self.namespace = Some(Ident::new(variant, text.span()));
            }
            "annotations" => self.annotations.extend(values(input)?),
            "metadata" => self.metadata.extend(values(input)?),
            "skip" => self.skip = true,
            _ => {
                return Err(syn::Error::new(
                    option.span(),
                    "unknown option: there are name, namespace, annotations(…), metadata(…), crate and skip",
                ));
            }
        }
        Ok(())
    }
}

fn values(input: ParseStream<'_>) -> syn::Result<Punctuated<Value, Token![,]>> {
    let content;
    parenthesized!(content in input);
    Punctuated::parse_terminated(&content)
}

fn path(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![=]>()?;
    input.parse::<LitStr>()?.parse()
}

/// Options of `#[capture_all]`.
#[derive(Default)]
pub(crate) struct AllOptions {
    /// Patterns of names that are left as they are.
    pub(crate) ignore: Vec<String>,
    /// What each name of a subsegment begins with.
    pub(crate) prefix: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

impl Parse for AllOptions {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                options.krate = Some(path(input)?);
            } else {
                let option: Ident = input.parse()?;
                match option.to_string().as_str() {
                    "ignore" if input.peek(Token![=]) => {
                        input.parse::<Token![=]>()?;
                        options.ignore.push(input.parse::<LitStr>()?.value());
                    }
                    "ignore" => {
                        let content;
                        parenthesized!(content in input);
                        let patterns = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
                        options.ignore.extend(patterns.iter().map(LitStr::value));
                    }
                    "prefix" => {
                        input.parse::<Token![=]>()?;
                        options.prefix = Some(input.parse()?);
                    }
                    _ => {
                        return Err(syn::Error::new(
                            option.span(),
                            "unknown option: there are ignore, prefix and crate",
                        ));
                    }
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}
