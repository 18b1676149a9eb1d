declare const brand: unique symbol;

/** A `T` that only the parser of `Name` can make: ordinary values of type `T` are not assignable to it. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
