-- A host in the manner of a sproto library that keeps the header of every request in one result table.
-- Says TEST OK when decode fills that table, and returns it.
local skynet = require "skynet"
require "skynet.manager"
local parser = require "sprotoparser"
local core = require "sproto.core"

local schema = parser.parse [[
.package {
	type 0 : integer
	session 1 : integer
}
.point {
	x 0 : integer
	list 1 : *integer
}
]]

local header = {}

---@return string|nil problem
local function problem()
	local sproto = assert(core.newproto(schema))
	local package = core.querytype(sproto, "package")
	local bytes = core.encode(package, { type = 1, session = 5 }) .. "rest"
	header.type, header.session = nil, nil
	local decoded, used = core.decode(package, bytes, header)
	if decoded ~= header then return "decode returned another table" end
	if header.type ~= 1 or header.session ~= 5 then return "the header is not filled" end
	if bytes:sub(used + 1) ~= "rest" then return "the bytes used are wrong" end
end

skynet.start(function()
	local found = problem()
	skynet.error(found and "TEST FAILED: " .. found or "TEST OK")
	skynet.abort()
end)
