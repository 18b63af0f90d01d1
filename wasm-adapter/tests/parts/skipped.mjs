// A part that cannot run, because something is missing that is not the package's.

export class Skipped extends Error {}
