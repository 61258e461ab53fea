-- Runs first in every service of a node, those of the boot included: what it requires must not need any of them.
for _, name in ipairs {
	"sharetable", "sharedata", "sharemap", "datasheet", "datasheet.builder", "multicast", "cluster", "datacenter", "snax",
	"service", "queue", "mqueue", "socket", "socketchannel", "dns", "harbor", "stm", "manager", "debug",
} do
	require("skynet." .. name)
end
