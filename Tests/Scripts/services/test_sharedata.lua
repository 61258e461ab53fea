-- Shared configuration data: views, updates that views follow, deletion, readers in other services.

local skynet = require "skynet"
require "skynet.manager"
local sharedata = require "skynet.sharedata"

local role = ...
local roles = {}

--- Holds a view and an inner view, and tells what it sees through them.
function roles.reader()
	local data = sharedata.query "data"
	local inner = data.b.c
	skynet.dispatch("lua", function() skynet.retpack(data.a, inner.d) end)
end

--- Holds a view and never looks at it again.
function roles.holder()
	local view = sharedata.query "loan"
	skynet.dispatch("lua", function() skynet.retpack(view.inner[1]) end)
end

local function fails(pattern, f, ...)
	local ok, failure = pcall(f, ...)
	assert(not ok and failure:find(pattern), tostring(failure))
end

--- An update arrives as a message; every view sees it once that has been handled.
local function see(condition)
	for _ = 1, 4000 do
		if condition() then
			return
		end
		skynet.sleep(1)
	end
	error "the update was never seen"
end

local function test_view()
	sharedata.new("data", { a = 1, b = { c = { d = 5 } }, list = { 1, 2, { x = 9 } }, yes = true, half = 0.5 })
	local data = sharedata.query "data"
	assert(data == sharedata.query "data" and data.b.c == data.b.c)
	assert(data.a == 1 and data.b.c.d == 5 and #data.list == 3 and data.list[3].x == 9)
	assert(data.yes == true and data.half == 0.5 and data.nothing == nil)
	local keys = {}
	for key, value in pairs(data) do
		keys[key] = value
	end
	assert(keys.a == 1 and keys.list[2] == 2)
	local sum = 0
	for _, value in ipairs(data.list) do
		sum = sum + (tonumber(value) or value.x)
	end
	assert(sum == 12)
	fails("Error newindex, the key %[%.b%.c%]", function() data.b.c.d = 1 end)
	fails("Error newindex, the key %[%]", function() data.new = 1 end)
	fails("Invalid key 1%.5", function() return data[1.5] end)
	fails("call failed", sharedata.query, "unknown")
	fails("call failed", sharedata.new, "data", {})
	fails("call failed", sharedata.new, "bad", { [1.5] = 1 })
	return data
end

local function test_update(data)
	local other = skynet.newservice(SERVICE_NAME, "reader")
	local inner = data.b.c
	sharedata.update("data", { a = 2, b = { c = { d = 6 } } })
	see(function() return data.a == 2 end)
	assert(inner.d == 6 and data.list == nil)
	see(function() return skynet.call(other, "lua") == 2 end)
	assert(select(2, skynet.call(other, "lua")) == 6)
	sharedata.update("data", "a, b = ..., { q = 1 }", 77)
	see(function() return data.a == 77 end)
	fails("The key %[%.b%.c%] doesn't exist after update", function() return inner.d end)
	sharedata.update("data", "return { a = 3, b = { c = { d = 8 } } }")
	see(function() return data.a == 3 end)
	assert(inner.d == 8, "a view comes back with its path")
end

local function test_file()
	local name = os.tmpname()
	local file = assert(io.open(name, "w"))
	file:write "path = ... x = { 1, 2 }"
	file:close()
	sharedata.new("file", "@" .. name, "argument")
	os.remove(name)
	local data = sharedata.query "file"
	assert(data.path == "argument" and data.x[2] == 2)
	sharedata.new "empty"
	assert(next(sharedata.deepcopy "empty") == nil)
end

local function test_end(data)
	local copy = sharedata.deepcopy "data"
	copy.b.c.d = "mine"
	assert(sharedata.deepcopy("data", "b", "c").d == 8 and sharedata.deepcopy("data", "a") == 3)
	sharedata.flush()
	assert(data.b.c.d == 8)
	sharedata.delete "data"
	see(function() return not pcall(sharedata.query, "data") end)
	assert(data.a == 3, "what is held stays readable")
	sharedata.new("data", { a = "new" })
	assert(sharedata.query "data".a == "new" and data.a == 3)
end

--- How many old editions the daemon keeps because somebody still reads them.
local function retired_editions()
	return skynet.call(skynet.uniqueservice "sharedatad", "debug", "INFO").retired
end

--- An old edition is given back by readers that move on, that end, and that are killed.
local function test_give_back()
	sharedata.new("loan", { inner = { 1 } })
	local killed = skynet.newservice(SERVICE_NAME, "holder")
	local ended = skynet.newservice(SERVICE_NAME, "holder")
	local before = retired_editions()
	sharedata.update("loan", { inner = { 2 } })
	assert(retired_editions() == before + 1)
	skynet.kill(killed)
	skynet.send(ended, "debug", "EXIT")
	see(function()
		collectgarbage()
		return retired_editions() <= before
	end)
end

--- An inner view follows even when the document it was of is gone before it is looked at again.
local function test_late_follower()
	sharedata.new("late", { inner = { v = 1 }, n = 1 })
	local view = sharedata.query "late"
	local inner = view.inner
	local before = retired_editions()
	sharedata.update("late", { inner = { v = 2 }, n = 2 })
	see(function()
		collectgarbage()
		return view.n == 2 and retired_editions() <= before
	end)
	assert(inner.v == 2)
end

local function test()
	local data = test_view()
	test_update(data)
	test_file()
	test_end(data)
	test_give_back()
	test_late_follower()
end

if role then
	skynet.start(roles[role])
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK test_sharedata" or "TEST FAILED test_sharedata: " .. failure)
		skynet.abort()
	end)
end
