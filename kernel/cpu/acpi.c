/*
 * ACPI's static tables (ACPI 6.4, 5.2). The firmware's bytes are not believed:
 * each table's length and checksum are checked before it is read.
 */
#include "kernel/cpu/acpi.h"

#include "kernel/lib/string.h"

typedef const void *access_fn(paddr_t address, size_t size);

struct acpi_info acpi_info;

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
} __packed;

#define RSDP_OLD_SIZE 20

struct table {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
} __packed;

struct madt {
	struct table head;
	uint32_t local_apic, flags;
	uint8_t entries[];
} __packed;

enum madt_type {
	MADT_LOCAL_APIC = 0,
	MADT_IO_APIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LOCAL_APIC_ADDRESS = 5,
};

/* One entry, by type; `type` and `length` come first in all. */
union madt_entry {
	struct {
		uint8_t type, length;
	} __packed;
	struct {
		uint8_t type, length, acpi_id, apic_id;
		uint32_t flags;
	} __packed local_apic;
	struct {
		uint8_t type, length, id, reserved;
		uint32_t address, base;
	} __packed io_apic;
	struct {
		uint8_t type, length, bus, irq;
		uint32_t line;
		uint16_t flags;
	} __packed override;
	struct {
		uint8_t type, length;
		uint16_t reserved;
		uint64_t address;
	} __packed address;
};

#define MADT_CPU_ENABLED 1
#define POLARITY_LOW     3
#define TRIGGER_LEVEL    3

/* FADT, as far as it matters here (5.2.9) */
#define FADT_PM_TIMER         76
#define FADT_FLAGS            112
#define FADT_FLAG_TIMER_32BIT (1u << 8)

/* HPET description table (IA-PC HPET 3.2.4) */
#define HPET_ADDRESS 44

static bool sums_to_zero(const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;
	uint8_t sum = 0;

	while (size--)
		sum += *byte++;
	return !sum;
}

/* Returns the table at `address`, or NULL if it is damaged or not in memory. */
static const struct table *get_table(paddr_t address, access_fn *at)
{
	const struct table *table = at(address, sizeof(*table));

	if (!table || table->length < sizeof(*table) ||
	    !at(address, table->length) || !sums_to_zero(table, table->length))
		return NULL;
	return table;
}

static void read_madt_entry(const union madt_entry *entry)
{
	switch (entry->type) {
	case MADT_LOCAL_APIC:
		if (entry->length >= sizeof(entry->local_apic) &&
		    entry->local_apic.flags & MADT_CPU_ENABLED &&
		    acpi_info.cpu_count < ACPI_MAX_CPUS)
			acpi_info.apic_ids[acpi_info.cpu_count++] =
				entry->local_apic.apic_id;
		break;
	case MADT_IO_APIC:
		if (entry->length >= sizeof(entry->io_apic) &&
		    !acpi_info.io_apic) {
			acpi_info.io_apic = entry->io_apic.address;
			acpi_info.io_apic_base = entry->io_apic.base;
		}
		break;
	case MADT_OVERRIDE:
		if (entry->length >= sizeof(entry->override) &&
		    entry->override.irq < ACPI_ISA_IRQS)
			acpi_info.isa[entry->override.irq] =
				(struct acpi_isa_irq){
					entry->override.line,
					(entry->override.flags & 3) ==
						POLARITY_LOW,
					(entry->override.flags >> 2 & 3) ==
						TRIGGER_LEVEL,
				};
		break;
	case MADT_LOCAL_APIC_ADDRESS:
		if (entry->length >= sizeof(entry->address))
			acpi_info.local_apic = entry->address.address;
		break;
	}
}

static void read_madt(const struct table *table)
{
	const struct madt *madt = (const void *)table;
	const uint8_t *at = madt->entries;
	const uint8_t *end = (const uint8_t *)table + table->length;

	if (table->length < sizeof(*madt))
		return;
	acpi_info.local_apic = madt->local_apic;
	while (end - at >= 2) {
		const union madt_entry *entry = (const void *)at;

		if (entry->length < 2 || entry->length > end - at)
			return;
		read_madt_entry(entry);
		at += entry->length;
	}
}

static void read_fadt(const struct table *table)
{
	const uint8_t *fadt = (const void *)table;
	uint32_t port, flags;

	if (table->length < FADT_FLAGS + sizeof(flags))
		return;
	memcpy(&port, fadt + FADT_PM_TIMER, sizeof(port));
	memcpy(&flags, fadt + FADT_FLAGS, sizeof(flags));
	acpi_info.pm_timer_port = (uint16_t)port;
	acpi_info.pm_timer_32bit = flags & FADT_FLAG_TIMER_32BIT;
}

static void read_hpet(const struct table *table)
{
	if (table->length >= HPET_ADDRESS + sizeof(uint64_t))
		memcpy(&acpi_info.hpet, (const char *)table + HPET_ADDRESS,
		       sizeof(uint64_t));
}

static void read_table(const struct table *table)
{
	if (!memcmp(table->signature, "APIC", 4))
		read_madt(table);
	else if (!memcmp(table->signature, "FACP", 4))
		read_fadt(table);
	else if (!memcmp(table->signature, "HPET", 4))
		read_hpet(table);
}

/* Reads the tables that the RSDT (4-byte pointers) or XSDT (8-byte pointers)
 * lists. */
static void read_root(const struct table *root, size_t pointer_size,
		      access_fn *at)
{
	const char *pointer = (const char *)(root + 1);
	const char *end = (const char *)root + root->length;

	for (; (size_t)(end - pointer) >= pointer_size;
	     pointer += pointer_size) {
		paddr_t address = 0;
		const struct table *table;

		memcpy(&address, pointer, pointer_size);
		table = get_table(address, at);
		if (table)
			read_table(table);
	}
}

static bool is_rsdp(const struct rsdp *rsdp)
{
	return rsdp && !memcmp(rsdp->signature, "RSD PTR ", 8) &&
	       sums_to_zero(rsdp, RSDP_OLD_SIZE);
}

void acpi_init(paddr_t address, access_fn *at)
{
	const struct rsdp *rsdp = address ? at(address, sizeof(*rsdp)) : NULL;
	const struct table *root;
	bool extended;

	for (uint32_t irq = 0; irq < ACPI_ISA_IRQS; irq++)
		acpi_info.isa[irq].line = irq;
	if (!is_rsdp(rsdp))
		return;
	extended = rsdp->revision >= 2 && rsdp->xsdt;
	root = get_table(extended ? rsdp->xsdt : rsdp->rsdt, at);
	if (root)
		read_root(root, extended ? 8 : 4, at);
}
