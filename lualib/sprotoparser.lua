--- Compiles sproto schemas: text in, a binary bundle out.
local lpeg = require "lpeg"
local bundle = require "sprotobundle"

local C, Cc, Cg, Cmt, Ct = lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Cmt, lpeg.Ct
local P, R, S, V = lpeg.P, lpeg.R, lpeg.S, lpeg.V

local GREATEST_TAG = 32766

---@alias sprotoparser.Field { name: string, tag: integer, array: boolean?, typename: string, key: string? }
---@alias sprotoparser.Types table<string, sprotoparser.Field[]>

--- Where the match got to: a failed match names the line of the token it could not go beyond.
local furthest

local function note(_, position)
	if position > furthest then
		furthest = position
	end
	return position
end

local blank = (S " \t\r\n" + P "#" * (1 - P "\n") ^ 0) ^ 0

local function token(pattern)
	return Cmt(P(true), note) * pattern * blank
end

local letter = R("az", "AZ") + "_"
local word = letter * (letter + R "09") ^ 0
local name = token(C(word))
local dotted_name = token(C(word * ("." * word) ^ 0))
local number = token(R "09" ^ 1 / tonumber)
local digits = token(C(R "09" ^ 1))

local grammar = P {
	"schema",
	schema = blank * Ct((V "type" + V "protocol") ^ 0) * token(-P(1)),
	type = Ct(Cg(Cc "type", "kind") * token "." * Cg(name, "name") * V "struct"),
	struct = token "{" * Cg(Ct((V "type" + V "field") ^ 0), "members") * token "}",
	field = Ct(
		Cg(Cc "field", "kind") * Cg(name, "name") * Cg(number, "tag") * token ":"
			* Cg(token "*" * Cc(true), "array") ^ -1
			* Cg(dotted_name, "typename")
			* (token "(" * Cg(name + digits + Cc "", "key") * token ")") ^ -1
	),
	protocol = Ct(
		Cg(Cc "protocol", "kind") * Cg(name, "name") * Cg(number, "tag")
			* token "{" * Cg(Ct(V "part" ^ 0), "parts") * token "}"
	),
	part = Ct(
		Cg(token(C(P "request" + "response") * -(letter + R "09")), "role")
			* (V "struct" + Cg(dotted_name, "typename"))
	),
}

local function line_of(text, position)
	local _, count = text:sub(1, position - 1):gsub("\n", "")
	return count + 1
end

local function parse_text(text, filename)
	furthest = 1
	local definitions = grammar:match(text)
	if not definitions then
		local line = line_of(text, furthest)
		error(("syntax error at [%s] line (%d)"):format(filename or "=text", line), 0)
	end
	return definitions
end

--- Spreads nested definitions out: full names to lists of fields.
local collect = {}

---@param types sprotoparser.Types
---@param fullname string
---@param members table[]
local function collect_struct(types, fullname, members)
	if types[fullname] then
		error("redefined " .. fullname, 0)
	end
	local fields, names, tags = {}, {}, {}
	types[fullname] = fields
	for _, member in ipairs(members) do
		if member.kind == "type" then
			collect_struct(types, fullname .. "." .. member.name, member.members)
		else
			if names[member.name] then
				error(("redefine %s in type %s"):format(member.name, fullname), 0)
			elseif tags[member.tag] then
				error(("redefine tag %d in type %s"):format(member.tag, fullname), 0)
			elseif member.tag > GREATEST_TAG then
				error(("tag %d in type %s is greater than %d"):format(member.tag, fullname, GREATEST_TAG), 0)
			end
			names[member.name], tags[member.tag] = true, true
			table.insert(fields, member)
		end
	end
	table.sort(fields, function(left, right)
		return left.tag < right.tag
	end)
end

function collect.type(schema, definition)
	collect_struct(schema.types, definition.name, definition.members)
end

function collect.protocol(schema, definition)
	local protocol = { name = definition.name, tag = definition.tag }
	if schema.protocols_by_name[protocol.name] then
		error("redefined " .. protocol.name, 0)
	end
	local roles = {}
	for _, part in ipairs(definition.parts) do
		local role = part.role
		if roles[role] then
			error(("redefine %s in protocol %s"):format(role, protocol.name), 0)
		end
		roles[role] = true
		if part.members then
			protocol[role] = protocol.name .. "." .. role
			collect_struct(schema.types, protocol[role], part.members)
		elseif role == "response" and part.typename == "nil" then
			protocol.confirm = true
		else
			protocol[role] = part.typename
		end
	end
	schema.protocols_by_name[protocol.name] = protocol
	table.insert(schema.protocols, protocol)
end

local builtin = { integer = 0, boolean = 1, string = 2, binary = 2, double = 3 }

--- Looks a type up in the scope of another, from the inside out.
local function resolve(types, scope, typename)
	while scope do
		local fullname = scope .. "." .. typename
		if types[fullname] then
			return fullname
		end
		scope = scope:match "^(.*)%.[^.]*$"
	end
	return types[typename] and typename
end

local function field_tagged(fields, fieldname)
	for _, field in ipairs(fields) do
		if field.name == fieldname and builtin[field.typename] and not field.array then
			return field.tag
		end
	end
end

local function compile_builtin(field, compiled)
	compiled.builtin = builtin[field.typename]
	if field.typename == "binary" then
		compiled.type = 1
	end
	if not field.key then
		return compiled
	end
	compiled.type = field.typename == "integer" and math.tointeger(tonumber(field.key))
	if not compiled.type then
		error("Invalid map index :" .. field.key, 0)
	end
	return compiled
end

--- The tag of the field that a table of structures is indexed by.
local function compile_key(field, fields)
	if field.key ~= "" then
		local key = field_tagged(fields, field.key)
		if not key and field.array then
			error("Invalid map index :" .. field.key, 0)
		end
		return key
	end
	if #fields ~= 2 then
		error(("Invalid map definition: %s, must only have two fields"):format(field.name), 0)
	end
	return fields[1].tag, true
end

local function compile_field(types, indexes, typename, field)
	local compiled = { name = field.name, tag = field.tag, array = field.array }
	if builtin[field.typename] then
		return compile_builtin(field, compiled)
	end
	local fullname = resolve(types, typename, field.typename)
	if not fullname then
		error(("Undefined type %s in type %s"):format(field.typename, typename), 0)
	end
	compiled.type = indexes[fullname]
	if field.key then
		local key, is_map = compile_key(field, types[fullname])
		if field.array then
			compiled.key, compiled.map = key, is_map
		end
	end
	return compiled
end

--- The names of all types in their order, and the place of each, counted from 0.
local function index_types(types)
	local names, indexes = {}, {}
	for fullname in pairs(types) do
		table.insert(names, fullname)
	end
	table.sort(names)
	for place, fullname in ipairs(names) do
		indexes[fullname] = place - 1
	end
	return names, indexes
end

local function compile_types(types, names, indexes)
	local compiled = {}
	for place, fullname in ipairs(names) do
		local fields = {}
		for _, field in ipairs(types[fullname]) do
			table.insert(fields, compile_field(types, indexes, fullname, field))
		end
		compiled[place] = { name = fullname, fields = fields }
	end
	return compiled
end

local function compile_protocol(protocol, indexes)
	local compiled = { name = protocol.name, tag = protocol.tag, confirm = protocol.confirm }
	for _, role in ipairs { "request", "response" } do
		local typename = protocol[role]
		if typename then
			compiled[role] = indexes[typename]
				or error(("Undefined %s type %s in protocol %s"):format(role, typename, protocol.name), 0)
		end
	end
	return compiled
end

local function compile_protocols(protocols, indexes)
	table.sort(protocols, function(left, right)
		return left.tag < right.tag
	end)
	local compiled = {}
	for place, protocol in ipairs(protocols) do
		compiled[place] = compile_protocol(protocol, indexes)
	end
	return compiled
end

local function check_protocol_tags(protocols)
	local seen = {}
	for _, protocol in ipairs(protocols) do
		if seen[protocol.tag] then
			error(("redefined protocol tag %d at %s"):format(protocol.tag, protocol.name), 0)
		end
		seen[protocol.tag] = true
	end
end

local parser = {}

--- Compiles a schema. Errors say what is wrong and where.
---@param text string
---@param filename? string for error messages
---@return string bundle for sproto.new and sprotoloader.save
function parser.parse(text, filename)
	local schema = { types = {}, protocols = {}, protocols_by_name = {} }
	for _, definition in ipairs(parse_text(text, filename)) do
		collect[definition.kind](schema, definition)
	end
	check_protocol_tags(schema.protocols)
	local names, indexes = index_types(schema.types)
	local types = compile_types(schema.types, names, indexes)
	return bundle.write(types, compile_protocols(schema.protocols, indexes))
end

--- Prints a bundle in hexadecimal, sixteen bytes a line.
---@param bin string
function parser.dump(bin)
	for start = 1, #bin, 16 do
		local line = bin:sub(start, start + 15):gsub(".", function(byte)
			return ("%02X "):format(byte:byte())
		end)
		print(line)
	end
end

return parser
