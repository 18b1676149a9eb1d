/** What the command line does itself, with or without a daemon: it is about the machine and not about the journal. */
export type Errand =
  | { readonly do: "doctor"; readonly repair: boolean }
  | { readonly do: "service"; readonly action: "install" | "uninstall" | "status" };
