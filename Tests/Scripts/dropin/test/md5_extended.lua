-- The table of md5.core is everybody's to extend, and its cipher is that of the old library.
-- Ends in `TEST OK md5_extended` or `TEST FAILED md5_extended: why`.

package.path = "./Tests/Scripts/runtime/support/?.lua;" .. package.path
local checks = require "checks"
local core = require "md5.core"

local function hexadecimal(bytes)
	return (bytes:gsub(".", function(byte)
		return ("%02x"):format(byte:byte())
	end))
end

local LONG <const> = "hello world, this is more than 16"

checks.run("md5_extended", function()
	checks.equal(require "md5" == core, true, "md5 is md5.core")
	checks.equal(require "other_md5" == core, true, "another tree extends the same table")
	checks.equal(core.sumhexa "abc", "other 900150983cd24fb0d6963f7d28e17f72")
	checks.equal(core._VERSION, "MD5 1.2")
	checks.equal(type(core._COPYRIGHT) .. type(core._DESCRIPTION), "stringstring")

	checks.equal(hexadecimal(core.crypt(LONG, "key", "seed")),
		"0473656564c78025b74eeaf25687f4eaabf911327da70e275df478b8f40cd6b42fb63df352ad")
	checks.equal(hexadecimal(core.crypt("abc", "key", "")), "0035438b")
	for count = 0, 70 do
		local text, key = ("x"):rep(count), ("k"):rep(count * 3)
		checks.equal(core.decrypt(core.crypt(text, key), key), text)
		checks.equal(core.decrypt(core.crypt(text, key, ("s"):rep(count % 17)), key), text)
	end
	checks.equal(#core.crypt("abc", "key"), 3 + 9, "the seed is the time")
	checks.raises("(string expected, got nil)", core.crypt, "abc", "key", nil)
	checks.raises("(seed too long (> 16))", core.crypt, "abc", "key", ("s"):rep(17))
	checks.raises("(key too long (> 256))", core.crypt, "abc", ("k"):rep(257))
	checks.raises("(key too long (> 256))", core.decrypt, "\0abc", ("k"):rep(257))
	for _, cipher in ipairs { "", "\5seed", "\17" .. ("s"):rep(40), "\255" } do
		checks.raises("(invalid cyphered string)", core.decrypt, cipher, "key")
	end
	checks.raises("(lengths must be equal)", core.exor, "a", "ab")
end)
