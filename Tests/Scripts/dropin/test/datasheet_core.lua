-- `skynet.datasheet.core` and `skynet.datasheet.dump` as another library uses them, and as none should. Says TEST OK.
local drill = require "drill"
local core = require "skynet.datasheet.core"
local dump = require "skynet.datasheet.dump"

local fails = drill.refuses

local function bytes(hex)
	return (hex:gsub("%X", ""):gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end))
end

local EXAMPLE <const> = bytes [[
	70000000 03000000 00000000 38000000 48000000
	06000000 02000000 0102050303040405 01000000 00002040 00000000 00000001 00000000 01000000 02000000 02000000
	08000000 0a000000
	01000000 00000000 01000000 09000000
	00000000 01000000 01000000 06000000 ffffffff
	7800 73756200 7100 6b00 7600]]

local function check_example(t)
	assert(#t == 6 and t[1] == 1 and math.type(t[1]) == "integer" and t[2] == 2.5 and t[3] == "x")
	assert(t[4] == true and t[5] == false and t[6][1] == 9 and #t[6] == 1 and t.k == "v" and t.sub.q == -1)
end

local function test_example()
	local pointer = core.stringpointer(EXAMPLE)
	assert(type(pointer) == "userdata" and pointer == core.stringpointer(EXAMPLE))
	local sheet = core.new(pointer)
	assert(next(sheet) == nil and rawlen(sheet) == 0 and rawequal(sheet, core.new(pointer)))
	local meta = getmetatable(sheet)
	assert(meta.__index and meta.__len and meta.__pairs)
	check_example(sheet)
	assert(getmetatable(sheet) == nil and next(sheet) ~= nil)
	local sub = sheet.sub
	assert(rawequal(sub, sheet.sub) and getmetatable(sub) == nil)
	sheet.mine = 1
	assert(sheet.mine == 1, "an ordinary table")
	for _, touch in ipairs { function(t) return t.k end, function(t) return #t end, pairs } do
		local copy = (EXAMPLE .. "\0"):sub(1, -2)
		local fresh = core.new(core.stringpointer(copy))
		assert(next(fresh) == nil)
		touch(fresh)
		check_example(fresh)
	end
	check_example(dump.undump(EXAMPLE))
	check_example(dump.undump(dump.dump(dump.undump(EXAMPLE))))
	local list = dump.dump { 1, 2.5, "x", true, false, { 9 } }
	assert(list == bytes [[
		48000000 02000000 00000000 28000000
		06000000 00000000 010205030304 0000 01000000 00002040 00000000 00000001 00000000 01000000
		01000000 00000000 01000000 09000000
		7800]])
end

local function test_update()
	local old = dump.dump { a = { x = 1, list = { 1, 2, 3 } }, b = { y = 1 }, gone = {}, name = "old" }
	local new = dump.diff(old, dump.dump { new = { z = 1 }, b = { y = 2 }, a = { x = 2, list = { 4 } } })
	local sheet = core.new(core.stringpointer(old))
	local a, list, b, gone = sheet.a, sheet.a.list, sheet.b, sheet.gone
	assert(list[3] == 3 and b.y == 1 and sheet.name == "old")
	b.mine = true
	assert(select("#", core.update(sheet, core.stringpointer(new))) == 1)
	assert(next(b) == nil and getmetatable(b) and next(sheet) == nil)
	assert(a.x == 2 and #list == 1 and list[1] == 4 and b.y == 2 and b.mine == nil and sheet.name == nil)
	assert(sheet.a == a and a.list == list and sheet.b == b and sheet.new.z == 1)
	fails("Invalid proxy (index = ", function() return gone.x end)
	local short = dump.dump { n = 1 }
	core.update(sheet, core.stringpointer(short))
	assert(sheet.n == 1 and sheet.a == nil)
	fails(", total = 1)", function() return list[1] end)
	fails("Invalid proxy table 0x", core.update, {}, core.stringpointer(short))
	fails("Invalid proxy table 0x", core.update, 1, core.stringpointer(short))
	-- Two tables of one document, one of another sheet's number.
	local one, two = core.new(core.stringpointer(old)), core.new(core.stringpointer(new))
	core.update(one, core.stringpointer(new))
	assert(one.b.y == 2 and two.b.y == 2)
	core.update(one, core.stringpointer(short))
	assert(one.n == 1 and two.n == 1 and one.b == nil)
end

--- Nothing a script can hand in leads to memory that is not there.
local function test_wrong_addresses()
	fails("bad argument #1 to 'skynet.datasheet.core.new' (userdata expected, got string)", core.new, EXAMPLE)
	fails("string expected", core.stringpointer, {})
	fails("its string is gone, or it is none", core.new, require "skynet.sharedata.core".new {})
	local function pointer_of_lost()
		local text = dump.dump { list = ("x"):rep(100) }
		local pointer = core.stringpointer(text)
		return pointer, core.new(pointer)
	end
	local pointer, sheet = pointer_of_lost()
	collectgarbage()
	collectgarbage()
	fails("its string is gone, or it is none", core.new, pointer)
	assert(#sheet.list == 100, "a sheet in hand keeps its document")
	for _, text in ipairs { "", "short", ("\xff"):rep(64) } do
		fails("Invalid datasheet", core.new, core.stringpointer(text))
		fails("not a compiled datasheet", dump.undump, text)
	end
	for cut = 8, #EXAMPLE - 1 do
		local text = EXAMPLE:sub(1, cut)
		pcall(function() check_example(core.new(core.stringpointer(text))) end)
		pcall(dump.undump, text)
	end
	for place = 1, #EXAMPLE do
		local text = EXAMPLE:sub(1, place - 1) .. "\xfe" .. EXAMPLE:sub(place + 1)
		pcall(function() check_example(core.new(core.stringpointer(text))) end)
		pcall(dump.undump, text)
	end
	fails("Invalid type 9", function() return core.new(core.stringpointer(bytes [[
		1c000000 01000000 00000000 01000000 00000000 09000000 00000000]])).x end)
	local meta = getmetatable(core.new(core.stringpointer(EXAMPLE .. "\0")))
	fails("Invalid proxy table 0x", meta.__index, {}, 1)
	fails("Invalid proxy table 0x", meta.__len, nil)
end

local function test_refusals()
	fails("keys are strings and array indices", dump.dump, { [1.5] = 1 })
	fails("keys are strings and array indices", dump.dump, { [0] = 1 })
	fails("32 bits", dump.dump, { 1 << 31 })
	fails("NUL", dump.dump, { ["a\0b"] = 1 })
	fails("can't hold a function", dump.dump, { print })
	assert(dump.undump(dump.dump { -1 << 31, (1 << 31) - 1 })[1] == -1 << 31)
	assert(next(dump.undump(dump.dump {})) == nil)
end

drill.run("datasheet_core", function()
	test_example()
	test_update()
	test_wrong_addresses()
	test_refusals()
end)
