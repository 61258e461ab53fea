-- The bytes of a DNS question and of its answer (RFC 1035, and RFC 3596 for AAAA). No sockets here.

local query = {
	A = 1,
	AAAA = 28,
}

local CLASS_IN = 1
local RECURSION_DESIRED = 0x0100
local MOST_JUMPS = 64 -- a malicious answer may point in circles

---@param id integer
---@param name string
---@param kind integer query.A or query.AAAA
---@return string datagram
function query.encode(id, name, kind)
	local labels = {}
	for label in name:gmatch "[^.]+" do
		labels[#labels + 1] = string.pack("s1", label)
	end
	local header = string.pack(">I2I2I2I2I2I2", id, RECURSION_DESIRED, 1, 0, 0, 0)
	return header .. table.concat(labels) .. string.pack(">BI2I2", 0, kind, CLASS_IN)
end

-- Returns the name at a position, and the position behind it.
local function read_name(datagram, position)
	local labels = {}
	local behind
	for _ = 1, MOST_JUMPS do
		local length = string.unpack("B", datagram, position)
		if length == 0 then
			return table.concat(labels, "."), behind or position + 1
		elseif length >= 0xc0 then
			behind = behind or position + 2
			position = (string.unpack(">I2", datagram, position) & 0x3fff) + 1
		else
			labels[#labels + 1], position = string.unpack("s1", datagram, position)
		end
	end
	error "too many labels"
end

local FORMAT = {}

FORMAT[query.A] = function(data)
	return ("%d.%d.%d.%d"):format(data:byte(1, 4))
end

FORMAT[query.AAAA] = function(data)
	return ("%x:%x:%x:%x:%x:%x:%x:%x"):format(string.unpack(">I2I2I2I2I2I2I2I2", data))
end

local function read_record(datagram, position)
	local _, kind, class, ttl, data
	_, position = read_name(datagram, position)
	kind, class, ttl, data, position = string.unpack(">I2I2I4s2", datagram, position)
	return position, class == CLASS_IN and kind, ttl, data
end

---@class skynet.dns.reply
---@field id integer
---@field name string the name that was asked for, in lower case
---@field ttl integer seconds, the least of all answers
---@field answers table<integer, string[]> by kind

---Raises when the datagram is not an answer.
---@param datagram string
---@return skynet.dns.reply
function query.decode(datagram)
	local id, flags, questions, records, _, _, position = string.unpack(">I2I2I2I2I2I2", datagram)
	assert(flags & 0x8000 ~= 0 and questions == 1, "not an answer")
	local reply = { id = id, answers = {}, ttl = math.maxinteger }
	local name
	name, position = read_name(datagram, position)
	reply.name = name:lower()
	position = position + 4
	for _ = 1, records do
		local kind, ttl, data
		position, kind, ttl, data = read_record(datagram, position)
		local format = FORMAT[kind]
		if format then
			reply.answers[kind] = reply.answers[kind] or {}
			table.insert(reply.answers[kind], format(data))
			reply.ttl = math.min(reply.ttl, ttl)
		end
	end
	return reply
end

return query
