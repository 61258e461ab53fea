-- Objects one service writes and others read, described by a sproto schema.

local skynet = require "skynet"
require "skynet.manager"
local sharemap = require "skynet.sharemap"

local role = ...

local function reader()
	local object
	skynet.dispatch("lua", function(_, _, name, argument)
		if name == "open" then
			object = sharemap.reader("point", argument)
			skynet.retpack(object.x, object.name)
		else
			local changed = object:update()
			skynet.retpack(changed, object.x, object.name, (pcall(function() object.x = 1 end)))
		end
	end)
end

local function register_schema()
	local name = os.tmpname()
	local file = assert(io.open(name, "w"))
	file:write ".point { x 0 : integer name 1 : string }"
	file:close()
	sharemap.register(name)
	os.remove(name)
end

local function test()
	register_schema()
	local other = skynet.newservice(SERVICE_NAME, "reader")
	local object = sharemap.writer("point", { x = 1, name = "one" })
	local x, name = skynet.call(other, "lua", "open", object:copy())
	assert(x == 1 and name == "one")
	object.x = 2
	assert(skynet.call(other, "lua", "update") == false, "nothing is seen before a commit")
	object:commit()
	local changed, new_x, _, written = skynet.call(other, "lua", "update")
	assert(changed == true and new_x == 2 and written == false)
end

if role then
	skynet.start(reader)
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK test_sharemap" or "TEST FAILED test_sharemap: " .. failure)
		skynet.abort()
	end)
end
