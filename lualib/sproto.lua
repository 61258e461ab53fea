--- Messages as tables: schemas that encode, decode and call.
local require = require -- scripts may replace it later
local core = require "sproto.core"

--- What stands for a response without content.
local NULL <const> = core.null

---@class sproto.Protocol
---@field name string
---@field tag integer
---@field request lightuserdata? type
---@field response lightuserdata? type, or NULL for a confirmation without content

---@class sproto
---@field private schema lightuserdata
---@field private types table<string, lightuserdata>
---@field private protocols table<string|integer, sproto.Protocol>
local sproto = {}
--- Of schemas that somebody else deletes, or nobody.
local shared_meta = { __index = sproto }
--- Of schemas that go with their last user.
local sproto_meta = { __index = sproto, __gc = function(self)
	core.deleteproto(self.schema)
end }

---@class sproto.Host answers and asks, by one schema
---@field private sproto sproto
---@field private package lightuserdata the type of the header of every message
---@field private waiting table<integer, lightuserdata> what the answer to each session will be
---@field private remotes table<sproto, true> whose types it waits for
local host = {}
local host_meta = { __index = host }

local function wrap(schema, meta)
	return setmetatable({ schema = schema, types = {}, protocols = {} }, meta)
end

--- A schema from its compiled form.
---@param bin string what sprotoparser.parse answers
---@return sproto
function sproto.new(bin)
	return wrap(core.newproto(bin) or error("not a sproto bundle", 2), sproto_meta)
end

--- A schema that somebody else loaded.
---@param schema lightuserdata what sproto.core.loadproto answers
---@return sproto
function sproto.sharenew(schema)
	return wrap(schema, shared_meta)
end

--- A schema from its text.
---@param text string
---@return sproto
function sproto.parse(text)
	local parser = require "sprotoparser"
	return sproto.new(parser.parse(text))
end

--- Leaves the zeros out.
sproto.pack = core.pack

--- Puts the zeros back; up to seven more than there were may stand at the end.
sproto.unpack = core.unpack

local function find_type(self, typename)
	local found = self.types[typename]
	if not found then
		found = core.querytype(self.schema, typename)
		self.types[typename] = found
	end
	return found
end

local function need_type(self, typename)
	return find_type(self, typename) or error("type not found", 0)
end

local function find_protocol(self, key)
	local found = self.protocols[key]
	if found then
		return found
	end
	local other, request, response = core.protocol(self.schema, key)
	if other == nil then
		return nil
	end
	local name, tag = key, other
	if math.type(key) == "integer" then
		name, tag = other, key
	end
	found = { name = name, tag = tag, request = request, response = response }
	self.protocols[name], self.protocols[tag] = found, found
	return found
end

---@param key string|integer name or tag
---@return sproto.Protocol
function sproto:queryproto(key)
	return find_protocol(self, key) or error(key .. " not found", 0)
end

---@param typename string
---@return boolean
function sproto:exist_type(typename)
	return find_type(self, typename) ~= nil
end

---@param key string|integer name or tag
---@return boolean
function sproto:exist_proto(key)
	return find_protocol(self, key) ~= nil
end

---@param typename string
---@param value table
---@return string
function sproto:encode(typename, value)
	return core.encode(need_type(self, typename), value)
end

---@param typename string
---@param ... any a string, or an address and a size
---@return table value, integer used bytes
function sproto:decode(typename, ...)
	return core.decode(need_type(self, typename), ...)
end

---@param typename string
---@param value table
---@return string packed
function sproto:pencode(typename, value)
	return core.pack(core.encode(need_type(self, typename), value))
end

---@param typename string
---@param ... any a string, or an address and a size
---@return table value, integer used bytes
function sproto:pdecode(typename, ...)
	return core.decode(need_type(self, typename), core.unpack(...))
end

--- Whether a protocol's part has a type, which a confirmation has not.
local function has_content(part)
	return part ~= nil and part ~= NULL
end

local function encode_part(part, value)
	return has_content(part) and core.encode(part, value) or ""
end

---@param key string|integer
---@param value table?
---@return string, integer tag
function sproto:request_encode(key, value)
	local protocol = self:queryproto(key)
	return encode_part(protocol.request, value), protocol.tag
end

---@param key string|integer
---@param value table?
---@return string
function sproto:response_encode(key, value)
	return encode_part(self:queryproto(key).response, value)
end

---@param key string|integer
---@param ... any a string, or an address and a size
---@return table? value, string name
function sproto:request_decode(key, ...)
	local protocol = self:queryproto(key)
	if has_content(protocol.request) then
		return (core.decode(protocol.request, ...)), protocol.name
	end
	return nil, protocol.name
end

---@param key string|integer
---@param ... any a string, or an address and a size
---@return table?
function sproto:response_decode(key, ...)
	local response = self:queryproto(key).response
	if has_content(response) then
		return (core.decode(response, ...))
	end
end

local part_names = { REQUEST = "request", RESPONSE = "response" }

--- What the fields of a type hold as long as nobody sets them.
---@param name string of a type, or of a protocol when `part` is given
---@param part? "REQUEST"|"RESPONSE"
---@return table?
function sproto:default(name, part)
	if part == nil then
		return core.default(need_type(self, name))
	end
	local field = part_names[part] or error("Invalid type " .. tostring(part), 0)
	local found = self:queryproto(name)[field]
	if has_content(found) then
		return core.default(found)
	end
end

--- One end of a connection that speaks this schema.
---@param packagename? string the type of the header, "package" unless given
---@return sproto.Host
function sproto:host(packagename)
	packagename = packagename or "package"
	local package = find_type(self, packagename) or error(("type %s not found"):format(packagename), 0)
	return setmetatable({ sproto = self, package = package, waiting = {}, remotes = {} }, host_meta)
end

--- A function that builds requests to the other end.
---@param remote sproto the schema of the other end's requests
---@return fun(name: string|integer, args: table?, session: integer?, ud: any?): string
function host:attach(remote)
	self.remotes[remote] = true
	return function(name, args, session, ud)
		local protocol = remote:queryproto(name)
		local header = core.encode(self.package, { type = protocol.tag, session = session, ud = ud })
		if session then
			self.waiting[session] = protocol.response or NULL
		end
		return core.pack(header .. encode_part(protocol.request, args))
	end
end

local function responder(self, protocol, session)
	return function(args, ud)
		local header = core.encode(self.package, { session = session, ud = ud })
		return core.pack(header .. encode_part(protocol.response, args))
	end
end

local function dispatch_request(self, header, content)
	local protocol = self.sproto:queryproto(header.type)
	local args
	if protocol.request then
		args = core.decode(protocol.request, content)
	end
	local response = header.session and responder(self, protocol, header.session)
	return "REQUEST", protocol.name, args, response or nil, header.ud
end

local function dispatch_response(self, header, content)
	local session = header.session or error("session not found", 0)
	local response = self.waiting[session] or error("Unknown session", 0)
	self.waiting[session] = nil
	if not has_content(response) then
		return "RESPONSE", session, nil, header.ud
	end
	local result = core.decode(response, content)
	return "RESPONSE", session, result, header.ud
end

--- Reads a message of the other end.
---@param ... any a string, or an address and a size
---@return "REQUEST"|"RESPONSE" kind, string|integer name_or_session, table? value, any response_or_ud, any ud
function host:dispatch(...)
	local bin = core.unpack(...)
	local header, used = core.decode(self.package, bin)
	local content = bin:sub(used + 1)
	if header.type then
		return dispatch_request(self, header, content)
	end
	return dispatch_response(self, header, content)
end

return sproto
