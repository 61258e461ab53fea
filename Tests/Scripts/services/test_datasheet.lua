-- Datasheets: built by one service, read by others as tables that change in place.

local skynet = require "skynet"
require "skynet.manager"

local role = ...

local function reader()
	local datasheet = require "skynet.datasheet"
	local sheet = datasheet.query "sheet"
	local inner = sheet.inner
	skynet.dispatch("lua", function() skynet.retpack(inner.x, sheet.note) end)
end

local function fails(pattern, f, ...)
	local ok, failure = pcall(f, ...)
	assert(not ok and failure:find(pattern), tostring(failure))
end

local function see(condition)
	for _ = 1, 4000 do
		if condition() then
			return
		end
		skynet.sleep(1)
	end
	error "the update was never seen"
end

local function test_order()
	local datasheet = require "skynet.datasheet"
	local failure
	skynet.fork(function()
		failure = select(2, pcall(datasheet.query, "early"))
	end)
	skynet.sleep(5)
	assert(not failure, "the reading side waits for a builder")
	local builder = require "skynet.datasheet.builder"
	see(function() return failure end)
	return builder, datasheet
end

local function test_update(builder, datasheet)
	builder.new("sheet", { inner = { x = 1, list = { 1, 2 } }, tenth = 0.1, untouched = { 1 } })
	local other = skynet.newservice(SERVICE_NAME, "reader")
	local sheet = datasheet.query "sheet"
	local inner = sheet.inner
	assert(sheet == datasheet.query "sheet" and inner.x == 1 and #inner.list == 2)
	assert(sheet.tenth == string.unpack("f", string.pack("f", 0.1)), "floats have 32 bits")
	local list = inner.list
	builder.update("sheet", { inner = { x = 2, list = { 3, 4, 5 } }, note = "new" })
	see(function() return inner.x == 2 end)
	assert(list[3] == 5 and sheet.inner == inner and sheet.note == "new" and sheet.tenth == nil)
	see(function() return skynet.call(other, "lua") == 2 end)
	assert(select(2, skynet.call(other, "lua")) == "new")
	builder.update("sheet", builder.compile { inner = 5 })
	see(function() return sheet.inner == 5 end)
	local count = 0
	for _ in pairs(sheet) do
		count = count + 1
	end
	assert(count == 1)
end

local function test_refusals(builder, datasheet)
	for _ = 1, 2 do
		fails("call failed", datasheet.query, "unknown")
	end
	builder.new("unknown", {})
	fails("call failed", datasheet.query, "unknown")
	fails("exists already", builder.new, "sheet", {})
	fails("keys are strings and array indices", builder.compile, { [1.5] = 1 })
	fails("32 bits", builder.compile, { 1 << 40 })
	fails("NUL", builder.compile, { "a\0b" })
	fails("can't hold a function", builder.compile, { print })
	fails("not a compiled datasheet", builder.new, "garbage", "not compiled")
	fails("no such datasheet", builder.update, "missing", {})
end

local function test()
	local builder, datasheet = test_order()
	test_update(builder, datasheet)
	test_refusals(builder, datasheet)
end

if role then
	skynet.start(reader)
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK test_datasheet" or "TEST FAILED test_datasheet: " .. failure)
		skynet.abort()
	end)
end
