-- Service arguments are words; a script that fails in one place is looked for in the next.

local skynet = require "skynet"
require "skynet.manager"

local function test()
	assert(SERVICE_NAME == "test_loader" and SERVICE_PATH ~= nil)
	assert(LUA_PATH == nil and LUA_CPATH == nil and LUA_SERVICE == nil and LUA_PRELOAD == nil)
	local echo = skynet.newservice("arguments", "a b", 3, "c")
	local words = skynet.call(echo, "lua")
	assert(table.concat(words, ",") == "a,b,3,c", "words are split, numbers arrive as text")
	local own = skynet.newservice "packaged"
	local found = skynet.call(own, "lua")
	assert(found.path:find "packaged/$" and found.inner == "inner", "a service may own a directory")
	local ok, failure = pcall(skynet.newservice, "broken")
	assert(not ok and failure:find "call failed$")
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_loader" or "TEST FAILED test_loader: " .. failure)
	skynet.abort()
end)
