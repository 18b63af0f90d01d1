use super::*;

/// A line that takes three bytes a call and breaks after `left` bytes, once. Asked whether it is ready, it is every
/// second time.
struct Breaking {
    bytes: Vec<u8>,
    left: usize,
    asked: usize,
}

impl Breaking {
    fn after(left: usize) -> Self {
        Self { bytes: Vec::new(), left, asked: 0 }
    }
}

impl ErrorType for Breaking {
    type Error = embedded_io::ErrorKind;
}

impl Write for Breaking {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let taken = bytes.len().min(3).min(self.left);
        if taken == 0 {
            self.left = usize::MAX;
            return Err(embedded_io::ErrorKind::BrokenPipe);
        }
        self.left -= taken;
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl WriteReady for Breaking {
    fn write_ready(&mut self) -> Result<bool, Self::Error> {
        self.asked += 1;
        Ok(self.asked.is_multiple_of(2))
    }
}

const DATAGRAMS: [&[u8]; 3] = [b"first", b"second", b"third"];
const FRAMINGS: [Framing; 3] = [Framing::Nul, Framing::Length, Framing::Checked];

/// What a receiver makes of a stream; frames that are torn are in it too, where nothing tells them.
fn received(bytes: &[u8], framing: Framing) -> Vec<Vec<u8>> {
    let mut received = Vec::new();
    match framing {
        Framing::Nul => received.extend(bytes.split(|&byte| byte == 0).map(<[u8]>::to_vec)),
        Framing::Checked => {
            let frames = bytes.split_inclusive(|&byte| byte == 0).filter_map(|frame| frame.strip_suffix(&[0]));
            let crc = |bytes: &[u8]| {
                let mut edge = [0; EDGE];
                let mut frame = Frame::new(Framing::Checked);
                frame.begin(bytes);
                frame.advance(1);
                frame.advance(bytes.len());
                frame.next(bytes, &mut edge)[..8].to_vec()
            };
            let split = frames.filter_map(|frame| frame.split_last_chunk::<8>());
            received.extend(split.filter(|(bytes, check)| crc(bytes) == *check).map(|(bytes, _)| bytes.to_vec()));
        }
        Framing::Length => {
            let mut rest = bytes;
            while let Some((length, behind)) = rest.split_first_chunk::<4>() {
                let Some((datagram, behind)) = behind.split_at_checked(u32::from_be_bytes(*length) as usize) else {
                    break;
                };
                received.push(datagram.to_vec());
                rest = behind;
            }
        }
    }
    received
}

#[test]
fn every_tear_leaves_the_receiver_in_step_behind_it() {
    for left in 0..48 {
        for framing in FRAMINGS {
            let mut transport = WriteTransport::new(Breaking::after(left), framing);
            let sent = DATAGRAMS.map(|datagram| transport.send(datagram).is_ok());
            let received = received(&transport.into_inner().bytes, framing);
            for (datagram, sent) in DATAGRAMS.into_iter().zip(sent) {
                let arrived = received.iter().filter(|received| received.as_slice() == datagram).count();
                // One that lacked nothing but its zero byte arrives although it failed.
                assert!(arrived == 1 || (arrived == 0 && !sent), "{framing:?} torn after {left}: {received:?}");
            }
        }
    }
}

#[test]
fn every_tear_of_an_outbox_that_is_drained_piece_by_piece_is_sent_again() {
    for left in 0..48 {
        for framing in FRAMINGS {
            let mut outbox = Outbox::<64>::new();
            assert!(DATAGRAMS.iter().all(|datagram| outbox.send(datagram).is_ok()));
            let mut line = WriteTransport::new(Breaking::after(left), framing);
            let mut calls = 0;
            while line.drain_ready(&mut outbox) != Ok(true) {
                calls += 1;
                assert!(calls < 100, "each call gets on");
            }
            assert!(outbox.is_empty());
            let received = received(&line.into_inner().bytes, framing);
            for datagram in DATAGRAMS {
                let arrived = received.iter().filter(|received| received.as_slice() == datagram).count();
                // One that lacked nothing but its zero byte is sent again although it arrived.
                assert!(arrived == 1 || arrived == 2, "{framing:?} torn after {left}: {received:?}");
            }
        }
    }
}

#[test]
fn a_datagram_that_is_sent_in_the_middle_of_another_arrives_and_so_does_the_other() {
    for framing in FRAMINGS {
        let mut outbox = Outbox::<64>::new();
        assert!(outbox.send(b"waiting").is_ok());
        let mut line = WriteTransport::new(Breaking::after(usize::MAX), framing);
        assert_eq!(line.drain_ready(&mut outbox), Ok(false), "the line is not ready");
        assert_eq!(line.drain_ready(&mut outbox), Ok(false), "it took three bytes");
        assert_eq!(line.send(b"urgent"), Ok(()));
        assert!((0..100).any(|_| line.drain_ready(&mut outbox) == Ok(true)), "each call gets on");
        let received = received(&line.into_inner().bytes, framing);
        for datagram in [b"waiting".as_slice(), b"urgent"] {
            assert!(received.iter().any(|received| received == datagram), "{framing:?}: {received:?}");
        }
    }
}

/// A line that takes nothing and says so without an error.
struct Stalled;

impl ErrorType for Stalled {
    type Error = core::convert::Infallible;
}

impl Write for Stalled {
    fn write(&mut self, _: &[u8]) -> Result<usize, Self::Error> {
        Ok(0)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[test]
fn a_line_that_takes_nothing_is_not_waited_for() {
    let mut transport = WriteTransport::new(Stalled, Framing::Nul);
    assert_eq!(transport.send(b"lost"), Ok(()));
    assert_eq!(transport.lost(), 1);
}

#[test]
fn what_waits_stays_when_the_line_takes_nothing() {
    let mut outbox = Outbox::<64>::new();
    assert!(DATAGRAMS.iter().all(|datagram| outbox.send(datagram).is_ok()));
    let mut line = WriteTransport::new(Stalled, Framing::Nul);
    assert_eq!(outbox.drain_to(&mut line), Ok(()));
    assert_eq!((outbox.len(), outbox.front(), line.lost()), (3, Some(DATAGRAMS[0]), 0));
}

#[test]
fn a_datagram_that_is_changed_before_it_is_written_arrives_as_it_is_then() {
    let mut outbox = Outbox::<64>::new();
    assert!(outbox.send(b"123456789").is_ok());
    let mut line = WriteTransport::new(Breaking::after(usize::MAX), Framing::Checked);
    assert_eq!(line.drain_ready(&mut outbox), Ok(false), "the line is not ready");
    outbox.front_mut().unwrap()[0] = b'0';
    assert!((0..100).any(|_| line.drain_ready(&mut outbox) == Ok(true)));
    assert_eq!(received(&line.into_inner().bytes, Framing::Checked), [b"023456789"]);
}

#[test]
fn what_a_device_left_on_the_line_when_it_was_reset_takes_nothing_along() {
    for framing in [Framing::Nul, Framing::Checked] {
        for left in 0..12 {
            let mut before = WriteTransport::new(Breaking::after(left), framing);
            let _ = before.send(b"first");
            let mut after = WriteTransport::new(Breaking::after(usize::MAX), framing);
            assert_eq!(after.send(b"second"), Ok(()));
            let bytes = [before.into_inner().bytes, after.into_inner().bytes].concat();
            assert!(received(&bytes, framing).iter().any(|received| received == b"second"), "{framing:?} {left}");
        }
    }
}
