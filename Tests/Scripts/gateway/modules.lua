-- Accepts nothing: modules written in C that Debian has packages for load as they are.
-- Ends in `TEST OK modules` or `TEST FAILED modules: why`.

local skynet = require "skynet"
require "skynet.manager"

local function test()
	local cjson = require "cjson"
	local decoded = cjson.decode '{"packet":[1,2,{"deep":"text"}],"yes":true}'
	assert(decoded.packet[3].deep == "text" and decoded.yes == true)
	assert(cjson.encode { 1, "two" } == '[1,"two"]')
	-- Its errors are raised from C and caught in Lua.
	local ok, why = pcall(cjson.decode, "{")
	assert(not ok and why:find "Expected object key", why)

	local lpeg = require "lpeg"
	local number = lpeg.C(lpeg.R "09" ^ 1) / tonumber
	local list = lpeg.Ct(number * ("," * number) ^ 0)
	local found = list:match "10,20,30"
	assert(#found == 3 and found[3] == 30)
	assert(not pcall(lpeg.P, {}))
end

skynet.start(function()
	local ok, why = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK modules" or "TEST FAILED modules: " .. why)
	skynet.abort()
end)
