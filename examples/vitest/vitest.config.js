// A config above this directory is not for it.
export default {};
