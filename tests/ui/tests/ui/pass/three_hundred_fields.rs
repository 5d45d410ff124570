use kubeclient::{Object, ObjectMeta, Resource};

#[derive(Resource, Default)]
#[resource(group = "example.com", version = "v1")]
struct Wide {
    f0: Option<u8>,
    f1: Option<u8>,
    f2: Option<u8>,
    f3: Option<u8>,
    f4: Option<u8>,
    f5: Option<u8>,
    f6: Option<u8>,
    f7: Option<u8>,
    f8: Option<u8>,
    f9: Option<u8>,
    f10: Option<u8>,
    f11: Option<u8>,
    f12: Option<u8>,
    f13: Option<u8>,
    f14: Option<u8>,
    f15: Option<u8>,
    f16: Option<u8>,
    f17: Option<u8>,
    f18: Option<u8>,
    f19: Option<u8>,
    f20: Option<u8>,
    f21: Option<u8>,
    f22: Option<u8>,
    f23: Option<u8>,
    f24: Option<u8>,
    f25: Option<u8>,
    f26: Option<u8>,
    f27: Option<u8>,
    f28: Option<u8>,
    f29: Option<u8>,
    f30: Option<u8>,
    f31: Option<u8>,
    f32: Option<u8>,
    f33: Option<u8>,
    f34: Option<u8>,
    f35: Option<u8>,
    f36: Option<u8>,
    f37: Option<u8>,
    f38: Option<u8>,
    f39: Option<u8>,
    f40: Option<u8>,
    f41: Option<u8>,
    f42: Option<u8>,
    f43: Option<u8>,
    f44: Option<u8>,
    f45: Option<u8>,
    f46: Option<u8>,
    f47: Option<u8>,
    f48: Option<u8>,
    f49: Option<u8>,
    f50: Option<u8>,
    f51: Option<u8>,
    f52: Option<u8>,
    f53: Option<u8>,
    f54: Option<u8>,
    f55: Option<u8>,
    f56: Option<u8>,
    f57: Option<u8>,
    f58: Option<u8>,
    f59: Option<u8>,
    f60: Option<u8>,
    f61: Option<u8>,
    f62: Option<u8>,
    f63: Option<u8>,
    f64: Option<u8>,
    f65: Option<u8>,
    f66: Option<u8>,
    f67: Option<u8>,
    f68: Option<u8>,
    f69: Option<u8>,
    f70: Option<u8>,
    f71: Option<u8>,
    f72: Option<u8>,
    f73: Option<u8>,
    f74: Option<u8>,
    f75: Option<u8>,
    f76: Option<u8>,
    f77: Option<u8>,
    f78: Option<u8>,
    f79: Option<u8>,
    f80: Option<u8>,
    f81: Option<u8>,
    f82: Option<u8>,
    f83: Option<u8>,
    f84: Option<u8>,
    f85: Option<u8>,
    f86: Option<u8>,
    f87: Option<u8>,
    f88: Option<u8>,
    f89: Option<u8>,
    f90: Option<u8>,
    f91: Option<u8>,
    f92: Option<u8>,
    f93: Option<u8>,
    f94: Option<u8>,
    f95: Option<u8>,
    f96: Option<u8>,
    f97: Option<u8>,
    f98: Option<u8>,
    f99: Option<u8>,
    f100: Option<u8>,
    f101: Option<u8>,
    f102: Option<u8>,
    f103: Option<u8>,
    f104: Option<u8>,
    f105: Option<u8>,
    f106: Option<u8>,
    f107: Option<u8>,
    f108: Option<u8>,
    f109: Option<u8>,
    f110: Option<u8>,
    f111: Option<u8>,
    f112: Option<u8>,
    f113: Option<u8>,
    f114: Option<u8>,
    f115: Option<u8>,
    f116: Option<u8>,
    f117: Option<u8>,
    f118: Option<u8>,
    f119: Option<u8>,
    f120: Option<u8>,
    f121: Option<u8>,
    f122: Option<u8>,
    f123: Option<u8>,
    f124: Option<u8>,
    f125: Option<u8>,
    f126: Option<u8>,
    f127: Option<u8>,
    f128: Option<u8>,
    f129: Option<u8>,
    f130: Option<u8>,
    f131: Option<u8>,
    f132: Option<u8>,
    f133: Option<u8>,
    f134: Option<u8>,
    f135: Option<u8>,
    f136: Option<u8>,
    f137: Option<u8>,
    f138: Option<u8>,
    f139: Option<u8>,
    f140: Option<u8>,
    f141: Option<u8>,
    f142: Option<u8>,
    f143: Option<u8>,
    f144: Option<u8>,
    f145: Option<u8>,
    f146: Option<u8>,
    f147: Option<u8>,
    f148: Option<u8>,
    f149: Option<u8>,
    metadata: ObjectMeta,
    f151: Option<u8>,
    f152: Option<u8>,
    f153: Option<u8>,
    f154: Option<u8>,
    f155: Option<u8>,
    f156: Option<u8>,
    f157: Option<u8>,
    f158: Option<u8>,
    f159: Option<u8>,
    f160: Option<u8>,
    f161: Option<u8>,
    f162: Option<u8>,
    f163: Option<u8>,
    f164: Option<u8>,
    f165: Option<u8>,
    f166: Option<u8>,
    f167: Option<u8>,
    f168: Option<u8>,
    f169: Option<u8>,
    f170: Option<u8>,
    f171: Option<u8>,
    f172: Option<u8>,
    f173: Option<u8>,
    f174: Option<u8>,
    f175: Option<u8>,
    f176: Option<u8>,
    f177: Option<u8>,
    f178: Option<u8>,
    f179: Option<u8>,
    f180: Option<u8>,
    f181: Option<u8>,
    f182: Option<u8>,
    f183: Option<u8>,
    f184: Option<u8>,
    f185: Option<u8>,
    f186: Option<u8>,
    f187: Option<u8>,
    f188: Option<u8>,
    f189: Option<u8>,
    f190: Option<u8>,
    f191: Option<u8>,
    f192: Option<u8>,
    f193: Option<u8>,
    f194: Option<u8>,
    f195: Option<u8>,
    f196: Option<u8>,
    f197: Option<u8>,
    f198: Option<u8>,
    f199: Option<u8>,
    f200: Option<u8>,
    f201: Option<u8>,
    f202: Option<u8>,
    f203: Option<u8>,
    f204: Option<u8>,
    f205: Option<u8>,
    f206: Option<u8>,
    f207: Option<u8>,
    f208: Option<u8>,
    f209: Option<u8>,
    f210: Option<u8>,
    f211: Option<u8>,
    f212: Option<u8>,
    f213: Option<u8>,
    f214: Option<u8>,
    f215: Option<u8>,
    f216: Option<u8>,
    f217: Option<u8>,
    f218: Option<u8>,
    f219: Option<u8>,
    f220: Option<u8>,
    f221: Option<u8>,
    f222: Option<u8>,
    f223: Option<u8>,
    f224: Option<u8>,
    f225: Option<u8>,
    f226: Option<u8>,
    f227: Option<u8>,
    f228: Option<u8>,
    f229: Option<u8>,
    f230: Option<u8>,
    f231: Option<u8>,
    f232: Option<u8>,
    f233: Option<u8>,
    f234: Option<u8>,
    f235: Option<u8>,
    f236: Option<u8>,
    f237: Option<u8>,
    f238: Option<u8>,
    f239: Option<u8>,
    f240: Option<u8>,
    f241: Option<u8>,
    f242: Option<u8>,
    f243: Option<u8>,
    f244: Option<u8>,
    f245: Option<u8>,
    f246: Option<u8>,
    f247: Option<u8>,
    f248: Option<u8>,
    f249: Option<u8>,
    f250: Option<u8>,
    f251: Option<u8>,
    f252: Option<u8>,
    f253: Option<u8>,
    f254: Option<u8>,
    f255: Option<u8>,
    f256: Option<u8>,
    f257: Option<u8>,
    f258: Option<u8>,
    f259: Option<u8>,
    f260: Option<u8>,
    f261: Option<u8>,
    f262: Option<u8>,
    f263: Option<u8>,
    f264: Option<u8>,
    f265: Option<u8>,
    f266: Option<u8>,
    f267: Option<u8>,
    f268: Option<u8>,
    f269: Option<u8>,
    f270: Option<u8>,
    f271: Option<u8>,
    f272: Option<u8>,
    f273: Option<u8>,
    f274: Option<u8>,
    f275: Option<u8>,
    f276: Option<u8>,
    f277: Option<u8>,
    f278: Option<u8>,
    f279: Option<u8>,
    f280: Option<u8>,
    f281: Option<u8>,
    f282: Option<u8>,
    f283: Option<u8>,
    f284: Option<u8>,
    f285: Option<u8>,
    f286: Option<u8>,
    f287: Option<u8>,
    f288: Option<u8>,
    f289: Option<u8>,
    f290: Option<u8>,
    f291: Option<u8>,
    f292: Option<u8>,
    f293: Option<u8>,
    f294: Option<u8>,
    f295: Option<u8>,
    f296: Option<u8>,
    f297: Option<u8>,
    f298: Option<u8>,
    f299: Option<u8>,
}

fn main() {
    let wide = Wide::default();
    assert!(wide.metadata().name.is_empty());
    assert!(wide.f0.is_none());
    assert!(wide.f1.is_none());
    assert!(wide.f2.is_none());
    assert!(wide.f3.is_none());
    assert!(wide.f4.is_none());
    assert!(wide.f5.is_none());
    assert!(wide.f6.is_none());
    assert!(wide.f7.is_none());
    assert!(wide.f8.is_none());
    assert!(wide.f9.is_none());
    assert!(wide.f10.is_none());
    assert!(wide.f11.is_none());
    assert!(wide.f12.is_none());
    assert!(wide.f13.is_none());
    assert!(wide.f14.is_none());
    assert!(wide.f15.is_none());
    assert!(wide.f16.is_none());
    assert!(wide.f17.is_none());
    assert!(wide.f18.is_none());
    assert!(wide.f19.is_none());
    assert!(wide.f20.is_none());
    assert!(wide.f21.is_none());
    assert!(wide.f22.is_none());
    assert!(wide.f23.is_none());
    assert!(wide.f24.is_none());
    assert!(wide.f25.is_none());
    assert!(wide.f26.is_none());
    assert!(wide.f27.is_none());
    assert!(wide.f28.is_none());
    assert!(wide.f29.is_none());
    assert!(wide.f30.is_none());
    assert!(wide.f31.is_none());
    assert!(wide.f32.is_none());
    assert!(wide.f33.is_none());
    assert!(wide.f34.is_none());
    assert!(wide.f35.is_none());
    assert!(wide.f36.is_none());
    assert!(wide.f37.is_none());
    assert!(wide.f38.is_none());
    assert!(wide.f39.is_none());
    assert!(wide.f40.is_none());
    assert!(wide.f41.is_none());
    assert!(wide.f42.is_none());
    assert!(wide.f43.is_none());
    assert!(wide.f44.is_none());
    assert!(wide.f45.is_none());
    assert!(wide.f46.is_none());
    assert!(wide.f47.is_none());
    assert!(wide.f48.is_none());
    assert!(wide.f49.is_none());
    assert!(wide.f50.is_none());
    assert!(wide.f51.is_none());
    assert!(wide.f52.is_none());
    assert!(wide.f53.is_none());
    assert!(wide.f54.is_none());
    assert!(wide.f55.is_none());
    assert!(wide.f56.is_none());
    assert!(wide.f57.is_none());
    assert!(wide.f58.is_none());
    assert!(wide.f59.is_none());
    assert!(wide.f60.is_none());
    assert!(wide.f61.is_none());
    assert!(wide.f62.is_none());
    assert!(wide.f63.is_none());
    assert!(wide.f64.is_none());
    assert!(wide.f65.is_none());
    assert!(wide.f66.is_none());
    assert!(wide.f67.is_none());
    assert!(wide.f68.is_none());
    assert!(wide.f69.is_none());
    assert!(wide.f70.is_none());
    assert!(wide.f71.is_none());
    assert!(wide.f72.is_none());
    assert!(wide.f73.is_none());
    assert!(wide.f74.is_none());
    assert!(wide.f75.is_none());
    assert!(wide.f76.is_none());
    assert!(wide.f77.is_none());
    assert!(wide.f78.is_none());
    assert!(wide.f79.is_none());
    assert!(wide.f80.is_none());
    assert!(wide.f81.is_none());
    assert!(wide.f82.is_none());
    assert!(wide.f83.is_none());
    assert!(wide.f84.is_none());
    assert!(wide.f85.is_none());
    assert!(wide.f86.is_none());
    assert!(wide.f87.is_none());
    assert!(wide.f88.is_none());
    assert!(wide.f89.is_none());
    assert!(wide.f90.is_none());
    assert!(wide.f91.is_none());
    assert!(wide.f92.is_none());
    assert!(wide.f93.is_none());
    assert!(wide.f94.is_none());
    assert!(wide.f95.is_none());
    assert!(wide.f96.is_none());
    assert!(wide.f97.is_none());
    assert!(wide.f98.is_none());
    assert!(wide.f99.is_none());
    assert!(wide.f100.is_none());
    assert!(wide.f101.is_none());
    assert!(wide.f102.is_none());
    assert!(wide.f103.is_none());
    assert!(wide.f104.is_none());
    assert!(wide.f105.is_none());
    assert!(wide.f106.is_none());
    assert!(wide.f107.is_none());
    assert!(wide.f108.is_none());
    assert!(wide.f109.is_none());
    assert!(wide.f110.is_none());
    assert!(wide.f111.is_none());
    assert!(wide.f112.is_none());
    assert!(wide.f113.is_none());
    assert!(wide.f114.is_none());
    assert!(wide.f115.is_none());
    assert!(wide.f116.is_none());
    assert!(wide.f117.is_none());
    assert!(wide.f118.is_none());
    assert!(wide.f119.is_none());
    assert!(wide.f120.is_none());
    assert!(wide.f121.is_none());
    assert!(wide.f122.is_none());
    assert!(wide.f123.is_none());
    assert!(wide.f124.is_none());
    assert!(wide.f125.is_none());
    assert!(wide.f126.is_none());
    assert!(wide.f127.is_none());
    assert!(wide.f128.is_none());
    assert!(wide.f129.is_none());
    assert!(wide.f130.is_none());
    assert!(wide.f131.is_none());
    assert!(wide.f132.is_none());
    assert!(wide.f133.is_none());
    assert!(wide.f134.is_none());
    assert!(wide.f135.is_none());
    assert!(wide.f136.is_none());
    assert!(wide.f137.is_none());
    assert!(wide.f138.is_none());
    assert!(wide.f139.is_none());
    assert!(wide.f140.is_none());
    assert!(wide.f141.is_none());
    assert!(wide.f142.is_none());
    assert!(wide.f143.is_none());
    assert!(wide.f144.is_none());
    assert!(wide.f145.is_none());
    assert!(wide.f146.is_none());
    assert!(wide.f147.is_none());
    assert!(wide.f148.is_none());
    assert!(wide.f149.is_none());
    assert!(wide.f151.is_none());
    assert!(wide.f152.is_none());
    assert!(wide.f153.is_none());
    assert!(wide.f154.is_none());
    assert!(wide.f155.is_none());
    assert!(wide.f156.is_none());
    assert!(wide.f157.is_none());
    assert!(wide.f158.is_none());
    assert!(wide.f159.is_none());
    assert!(wide.f160.is_none());
    assert!(wide.f161.is_none());
    assert!(wide.f162.is_none());
    assert!(wide.f163.is_none());
    assert!(wide.f164.is_none());
    assert!(wide.f165.is_none());
    assert!(wide.f166.is_none());
    assert!(wide.f167.is_none());
    assert!(wide.f168.is_none());
    assert!(wide.f169.is_none());
    assert!(wide.f170.is_none());
    assert!(wide.f171.is_none());
    assert!(wide.f172.is_none());
    assert!(wide.f173.is_none());
    assert!(wide.f174.is_none());
    assert!(wide.f175.is_none());
    assert!(wide.f176.is_none());
    assert!(wide.f177.is_none());
    assert!(wide.f178.is_none());
    assert!(wide.f179.is_none());
    assert!(wide.f180.is_none());
    assert!(wide.f181.is_none());
    assert!(wide.f182.is_none());
    assert!(wide.f183.is_none());
    assert!(wide.f184.is_none());
    assert!(wide.f185.is_none());
    assert!(wide.f186.is_none());
    assert!(wide.f187.is_none());
    assert!(wide.f188.is_none());
    assert!(wide.f189.is_none());
    assert!(wide.f190.is_none());
    assert!(wide.f191.is_none());
    assert!(wide.f192.is_none());
    assert!(wide.f193.is_none());
    assert!(wide.f194.is_none());
    assert!(wide.f195.is_none());
    assert!(wide.f196.is_none());
    assert!(wide.f197.is_none());
    assert!(wide.f198.is_none());
    assert!(wide.f199.is_none());
    assert!(wide.f200.is_none());
    assert!(wide.f201.is_none());
    assert!(wide.f202.is_none());
    assert!(wide.f203.is_none());
    assert!(wide.f204.is_none());
    assert!(wide.f205.is_none());
    assert!(wide.f206.is_none());
    assert!(wide.f207.is_none());
    assert!(wide.f208.is_none());
    assert!(wide.f209.is_none());
    assert!(wide.f210.is_none());
    assert!(wide.f211.is_none());
    assert!(wide.f212.is_none());
    assert!(wide.f213.is_none());
    assert!(wide.f214.is_none());
    assert!(wide.f215.is_none());
    assert!(wide.f216.is_none());
    assert!(wide.f217.is_none());
    assert!(wide.f218.is_none());
    assert!(wide.f219.is_none());
    assert!(wide.f220.is_none());
    assert!(wide.f221.is_none());
    assert!(wide.f222.is_none());
    assert!(wide.f223.is_none());
    assert!(wide.f224.is_none());
    assert!(wide.f225.is_none());
    assert!(wide.f226.is_none());
    assert!(wide.f227.is_none());
    assert!(wide.f228.is_none());
    assert!(wide.f229.is_none());
    assert!(wide.f230.is_none());
    assert!(wide.f231.is_none());
    assert!(wide.f232.is_none());
    assert!(wide.f233.is_none());
    assert!(wide.f234.is_none());
    assert!(wide.f235.is_none());
    assert!(wide.f236.is_none());
    assert!(wide.f237.is_none());
    assert!(wide.f238.is_none());
    assert!(wide.f239.is_none());
    assert!(wide.f240.is_none());
    assert!(wide.f241.is_none());
    assert!(wide.f242.is_none());
    assert!(wide.f243.is_none());
    assert!(wide.f244.is_none());
    assert!(wide.f245.is_none());
    assert!(wide.f246.is_none());
    assert!(wide.f247.is_none());
    assert!(wide.f248.is_none());
    assert!(wide.f249.is_none());
    assert!(wide.f250.is_none());
    assert!(wide.f251.is_none());
    assert!(wide.f252.is_none());
    assert!(wide.f253.is_none());
    assert!(wide.f254.is_none());
    assert!(wide.f255.is_none());
    assert!(wide.f256.is_none());
    assert!(wide.f257.is_none());
    assert!(wide.f258.is_none());
    assert!(wide.f259.is_none());
    assert!(wide.f260.is_none());
    assert!(wide.f261.is_none());
    assert!(wide.f262.is_none());
    assert!(wide.f263.is_none());
    assert!(wide.f264.is_none());
    assert!(wide.f265.is_none());
    assert!(wide.f266.is_none());
    assert!(wide.f267.is_none());
    assert!(wide.f268.is_none());
    assert!(wide.f269.is_none());
    assert!(wide.f270.is_none());
    assert!(wide.f271.is_none());
    assert!(wide.f272.is_none());
    assert!(wide.f273.is_none());
    assert!(wide.f274.is_none());
    assert!(wide.f275.is_none());
    assert!(wide.f276.is_none());
    assert!(wide.f277.is_none());
    assert!(wide.f278.is_none());
    assert!(wide.f279.is_none());
    assert!(wide.f280.is_none());
    assert!(wide.f281.is_none());
    assert!(wide.f282.is_none());
    assert!(wide.f283.is_none());
    assert!(wide.f284.is_none());
    assert!(wide.f285.is_none());
    assert!(wide.f286.is_none());
    assert!(wide.f287.is_none());
    assert!(wide.f288.is_none());
    assert!(wide.f289.is_none());
    assert!(wide.f290.is_none());
    assert!(wide.f291.is_none());
    assert!(wide.f292.is_none());
    assert!(wide.f293.is_none());
    assert!(wide.f294.is_none());
    assert!(wide.f295.is_none());
    assert!(wide.f296.is_none());
    assert!(wide.f297.is_none());
    assert!(wide.f298.is_none());
    assert!(wide.f299.is_none());
}
