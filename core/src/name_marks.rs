const ALPHABETIC_MARKS: [(u32, u32); 0] = [];
