//! The floor that opening a snapshot is measured against: a pass that reads the bytes and sums every integer of nodes
//! and edges, one byte at a time, and does nothing else.
#![expect(clippy::print_stdout, reason = "a measuring tool")]

use std::fs::File;
use std::io::Read;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: heap_floor FILE")?;
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let (mut sum, mut number, mut digits, mut lists) = (0_u64, 0_u64, false, 0_u32);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 || lists > 2 {
            break;
        }
        for byte in &buffer[..read] {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
                digits = true;
                continue;
            }
            if digits {
                sum = sum.wrapping_add(number);
                number = 0;
                digits = false;
            }
        }
        // The strings are behind the numbers and are not part of the floor.
        lists += u32::from(buffer[..read].windows(10).any(|word| word == b"\"strings\":"));
    }
    println!("{sum}");
    Ok(())
}
