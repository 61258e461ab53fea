-- What a script may require of the installed program: the system's modules in C, which need the Lua that the program
-- is linked with, and the program's own.

assert(require "cjson".encode { 1, "two" } == '[1,"two"]')
local lpeg = require "lpeg"
assert(lpeg.match(lpeg.P "a" ^ 1, "aab") == 3)
assert(require "md5".sumhexa "abc" == "900150983cd24fb0d6963f7d28e17f72")
local crypt = require "skynet.crypt"
assert(crypt.desdecode("12345678", crypt.desencode("12345678", "text")) == "text")
assert(require "ltls.c".newctx())
