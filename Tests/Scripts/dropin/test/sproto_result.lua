-- A host in the manner of a sproto library that keeps the header of every request in one result table, and otherwise
-- uses sproto.core as skynet's own does. Ends in `TEST OK sproto_result` or `TEST FAILED sproto_result: why`.

package.path = "./Tests/Scripts/runtime/support/?.lua;" .. package.path
local checks = require "checks"
local skynet = require "skynet"
local parser = require "sprotoparser"
local core = require "sproto.core"

local SCHEMA <const> = parser.parse [[
.package {
	type 0 : integer
	session 1 : integer
}
.point {
	x 0 : integer
	list 1 : *integer
	inner 2 : point
	name 3 : string
	points 4 : *point
	ok 5 : boolean
	far 6 : *boolean
	names 7 : *string
}
.empty {}
move 1 {
	request { x 0 : integer }
	response { y 0 : integer }
}
quit 2 {}
confirm 3 {
	response nil
}
]]

local sproto = assert(core.newproto(SCHEMA))
local package_type = core.querytype(sproto, "package")
local point = core.querytype(sproto, "point")

--- A message handler gets an address and a size.
skynet.register_protocol {
	name = "sproto",
	id = 20,
	pack = function(bytes)
		return bytes
	end,
	unpack = function(address, size)
		if size > 8 then
			local scratch = {}
			checks.equal(core.decode(point, address, size, scratch) == scratch, true, "address, size, table")
			checks.raises("number expected, got no value)", core.decode, point, address)
			checks.raises("must not be negative, got -1)", core.decode, point, address, -1)
			return scratch.x
		end
		return string.unpack("<I8", skynet.tostring(address, size))
	end,
	dispatch = function(_, _, x)
		skynet.ret(string.pack("<I8", x))
	end,
}

local function count(...)
	return select("#", ...)
end

local cases = {}

function cases.handles()
	checks.equal(type(sproto), "userdata")
	checks.equal(core.querytype(sproto, "point") == point, true, "one type, one handle")
	checks.equal(count(core.querytype(sproto, "nothing")), 0)
	checks.equal(count(core.newproto "\1"), 0)
	-- They are light userdata: a message carries them.
	local bytes, size = skynet.pack(sproto, point)
	local again, type_again = skynet.unpack(bytes, size)
	skynet.trash(bytes, size)
	checks.equal(again == sproto and type_again == point, true, "through a message")
	checks.raises("Need a sproto object)", core.deleteproto, nil)
	checks.raises("Need a sproto object)", core.querytype, nil, "point")
	checks.raises("Need a sproto object)", core.querytype, "sproto", "point")
	checks.raises("Need a sproto_type object)", core.default, nil)
	checks.raises("Need a sproto_type object)", core.default, sproto)
	checks.raises("Need a sproto_type object)", core.encode, sproto, {})
	checks.raises("Need a sproto_type object)", core.encode, io.stdout, {})
end

function cases.protocols()
	local tag, request, response = core.protocol(sproto, "move")
	checks.equal(tag, 1)
	checks.equal(core.decode(request, core.encode(request, { x = 5 })), { x = 5 })
	checks.equal(core.decode(response, core.encode(response, { y = 6 })), { y = 6 })
	checks.equal(core.protocol(sproto, 1), "move")
	checks.equal(count(core.protocol(sproto, "nothing")), 0)
	checks.equal(count(core.protocol(sproto, 99)), 0)
	local _, no_request, no_response = core.protocol(sproto, "quit")
	checks.equal(no_request == nil and no_response == nil, true, "quit has no content")
	local _, _, null = core.protocol(sproto, "confirm")
	checks.equal(type(null), "userdata", "the response of confirm")
	checks.equal(core.encode(null, nil), "")
	checks.equal(core.encode(null), "")
	checks.equal(count(core.decode(null, "")), 0)
	checks.raises("nil expected, got table)", core.encode, null, {})
	checks.raises("Should be number or string)", core.protocol, sproto, true)
end

--- As the host of a library does it: the header into the one table, then the content behind the bytes used.
function cases.header()
	local header = {}
	for session = 1, 3 do
		local bytes = core.encode(package_type, { type = 1, session = session }) .. "rest"
		header.type, header.session = nil, nil
		local decoded, used = core.decode(package_type, bytes, header)
		checks.equal(decoded == header, true, "the table that was given")
		checks.equal(header, { type = 1, session = session })
		checks.equal(bytes:sub(used + 1), "rest")
	end
	-- Padding of the zero packing stands behind the message.
	local packed = core.unpack(core.pack(core.encode(package_type, { type = 1 })))
	local _, used = core.decode(package_type, packed, header)
	checks.equal(used, #core.encode(package_type, { type = 1 }))
end

function cases.result()
	local bytes = core.encode(point, { x = 7, list = { 1, 2 }, inner = { x = 1 } })
	local list, inner = { 9, 9, 9 }, { name = "old" }
	local result = { x = 1, name = "kept", other = true, list = list, inner = inner }
	local decoded = core.decode(point, bytes, result)
	checks.equal(decoded == result, true)
	checks.equal(result, { x = 7, name = "kept", other = true, list = { 1, 2 }, inner = { x = 1 } })
	checks.equal(list, { 9, 9, 9 }, "arrays are replaced, not merged")
	checks.equal(inner, { name = "old" }, "structures are replaced, not merged")
end

function cases.forms_of_decode()
	local bytes = core.encode(point, { x = 7, name = "longer" })
	local given = {}
	checks.equal(core.decode(point, bytes, #bytes, given) == given, true, "string, number, table")
	checks.equal(core.decode(point, bytes, given, 1) ~= given, true, "the last argument is no table")
	checks.equal(core.decode(point, bytes, nil), { x = 7, name = "longer" })
	checks.equal(skynet.call(skynet.self(), "sproto", bytes), 7, "address and size")
	-- What was decoded is not held.
	local watched = setmetatable({ {} }, { __mode = "v" })
	core.decode(point, bytes, watched[1])
	collectgarbage()
	checks.equal(watched[1], nil)
end

function cases.errors()
	local function fails(text, value)
		checks.raises(text, core.encode, point, value)
	end
	for _, bytes in ipairs { "", "\1", "\1\0\0\0\5\0\0\0a" } do
		checks.raises("decode error", core.decode, point, bytes)
		checks.raises("decode error", core.decode, point, bytes, {})
	end
	fails(".x[0] is not an integer (Is a string)", { x = "a" })
	fails(".list[2] is not an integer (Is a string)", { list = { 1, "a" } })
	fails(".name[0] is not a string (Is a number)", { name = 1 })
	fails(".names[1] is not a string (Is a boolean)", { names = { true } })
	fails(".ok[0] is not a boolean (Is a number)", { ok = 1 })
	fails(".far[2] is not a boolean (Is a string)", { far = { true, "a" } })
	fails(".*list(1) should be a table or an userdata with metamethods (Is a number)", { list = 5 })
	fails(".*points(1) should be a table or an userdata with metamethods (Is a string)", { points = "a" })
	fails("attempt to index a nil value", nil)
	checks.equal(core.encode(point, "text"), core.encode(point, {}), "a text has no such fields")
	checks.equal(core.encode(core.querytype(sproto, "empty"), nil), "\0\0", "no field is read")
	for _, f in ipairs { core.pack, core.unpack } do
		checks.raises("Need a string or userdata)", f, {})
		checks.raises("Need a string or userdata)", f, nil)
		checks.equal(f "", "")
	end
end

function cases.slots()
	core.saveproto(sproto, 11)
	checks.equal(core.loadproto(11) == sproto, true, "the slot's schema")
	local other = core.newproto(SCHEMA)
	core.saveproto(other, 11)
	core.deleteproto(other)
	checks.raises("deleted)", core.querytype, other, "point")
	-- A slot keeps what it holds, and its handle is good again.
	local kept = core.loadproto(11)
	checks.equal(core.decode(core.querytype(kept, "point"), core.encode(point, { x = 1 })), { x = 1 })
	core.saveproto(nil, 11)
	checks.raises("nil sproto at index 11", core.loadproto, 11)
	checks.raises("Invalid global slot index 16", core.saveproto, sproto, 16)
	checks.raises("Invalid global slot index -1", core.loadproto, -1)
end

checks.run("sproto_result", function()
	for name, case in pairs(cases) do
		local ok, err = xpcall(case, debug.traceback)
		assert(ok, name .. ": " .. tostring(err))
	end
	core.deleteproto(sproto)
	checks.raises("deleted)", core.encode, point, {})
end)
