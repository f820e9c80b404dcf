"""Names of the commune's units as the library writes them."""

VHXH = "Phòng Văn hóa - Xã hội"
OFFICE = "Văn phòng HĐND và UBND xã"
ONE_STOP = "Trung tâm Phục vụ hành chính công"
ECONOMY = "Phòng Kinh tế"
SERVICES = "Trung tâm Dịch vụ tổng hợp"
OTHERS = "Các cơ quan, ban, ngành xã"
