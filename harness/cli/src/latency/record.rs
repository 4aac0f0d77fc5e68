//! What is kept of a run: the record, and where it was made.

use std::env::current_exe;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::thread::available_parallelism;
use std::time::UNIX_EPOCH;

use anyhow::anyhow;
use shadowbook_latency::{
    Arm, Build, Conditions, EngineName as Recorded, EngineNames, Environment, Interval, Machine,
    MeasuredRatio, MeasuredStretch, PerArm, RecordHead, ServiceSamples, Test, TestName,
    TrendRecord,
};
use xxhash_rust::xxh3::Xxh3;

use crate::engines::EngineName;
use crate::exit::Failure;
use crate::input::read_small;
use crate::latency::measure::Measured;
use crate::latency::stretch::Taken;

/// Reads the record of an earlier run, or the result of one.
pub(crate) fn read(path: &Path) -> Result<TrendRecord, Failure> {
    let bytes = read_small(path)?;
    TrendRecord::read(&bytes).map_err(|error| {
        let error = anyhow::Error::from(error).context(format!("cannot read {}", path.display()));
        Failure::unreadable(format!("{error:#}"))
    })
}

/// The record of a run on the capture with this digest.
pub(crate) fn of(
    measured: &Measured,
    taken: &Taken,
    [reference, candidate]: [EngineName; 2],
    digest: String,
) -> Result<TrendRecord, Failure> {
    let test = |name| measured.found.judgement.test(name).and_then(ratio);
    let ratio = test(TestName::Overall).ok_or_else(|| {
        Failure::harness(anyhow!("the service times of the engines have no ratio"))
    })?;
    let began = measured.began.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut record = TrendRecord::new(RecordHead {
        measured_at_unix_s: began,
        environment: environment(measured),
        measured: MeasuredStretch {
            capture_digest: digest,
            first_seq: taken.flow.commands.first().map_or(0, |command| command.seq.0),
            commands: taken.flow.commands.len() as u64,
            warm_up: taken.warm_up as u64,
        },
        engines: EngineNames { reference: named(reference), candidate: named(candidate) },
        effort: measured.found.effort,
        service_ps: service_ps(&measured.found.service),
        ratio,
    });
    let kinds = measured.found.judgement.tests.iter().filter_map(|test| match test.what {
        TestName::Kind(kind) => Some((kind.name().to_owned(), self::ratio(test)?)),
        TestName::Overall | TestName::Excess => None,
    });
    record.ratio_by_kind = kinds.collect();
    record.percentiles = measured.histograms.percentiles();
    record.percentiles_by_kind = measured.histograms.percentiles_by_kind();
    record.stalls = Some(measured.stalls.clone());
    if let Some(load) = &measured.load {
        record.responses.clone_from(&load.responses);
        record.knee = Some(load.knee.clone());
    }
    record.judgement = serde_json::to_value(&measured.found.judgement).map_err(Failure::harness)?;
    Ok(record)
}

/// The judge counts in parts of one, a record in logarithms.
fn ratio(test: &Test) -> Option<MeasuredRatio> {
    let Interval { low, high } = test.interval;
    let twin = test.twin_interval;
    let [ratio, low, high, twin_low, twin_high] =
        [test.estimate, low, high, twin.low, twin.high].map(f64::ln_1p);
    MeasuredRatio::from_ln(ratio, low, high, twin_low, twin_high)
}

/// The mean time of a command of the engine in the middle, in picoseconds: one engine that was
/// disturbed says nothing about the others.
fn service_ps(service: &ServiceSamples) -> PerArm<u64> {
    PerArm::from_fn(|arm: Arm| {
        let nanos = service.instances.iter().map(|instance| instance.nanos[arm]);
        let mut nanos: Vec<u64> = nanos.collect();
        nanos.sort_unstable();
        let middle = nanos.get(nanos.len() / 2).copied().unwrap_or_default();
        let picos = (u128::from(middle) * 1_000).checked_div(u128::from(service.commands));
        u64::try_from(picos.unwrap_or_default()).unwrap_or(u64::MAX)
    })
}

/// Engines of this process are as old as the binary, whose digest stands with the environment.
fn named(engine: EngineName) -> Recorded {
    Recorded { name: engine.to_string(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

fn environment(measured: &Measured) -> Environment {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    Environment {
        machine: Machine {
            cpu_model: cpu_model(),
            cores: available_parallelism()
                .map_or(0, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX)),
            kernel: kernel(),
        },
        build: Build {
            shadowbook: env!("CARGO_PKG_VERSION").to_owned(),
            compiler: env!("SHADOWBOOK_COMPILER").to_owned(),
            profile: profile.to_owned(),
            executable_digest: executable_digest(),
        },
        conditions: Conditions::from(&measured.preflight),
    }
}

/// XXH3-128 of the file that this process runs; `None` where it cannot be read.
fn executable_digest() -> Option<String> {
    // The running one, also where another was put in its place since.
    let running = File::open("/proc/self/exe").or_else(|_| File::open(current_exe()?));
    let mut running = running.ok()?;
    let (mut hasher, mut piece) = (Xxh3::new(), vec![0; 1 << 16]);
    loop {
        match running.read(&mut piece).ok()? {
            0 => return Some(format!("{:032x}", hasher.digest128())),
            length => hasher.update(&piece[..length]),
        }
    }
}

/// As Linux tells it; elsewhere nobody is asked.
fn cpu_model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.trim().to_owned())
}

fn kernel() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} {}", std::env::consts::OS, release.trim()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use shadowbook_latency::ServiceInstance;

    use super::*;

    #[test]
    fn one_engine_that_was_disturbed_does_not_make_all_of_them_slow() {
        let instance = |nanos| ServiceInstance { nanos: PerArm::from_fn(|_| nanos) };
        let instances = [100, 9_000, 110].map(instance).to_vec();
        let service = ServiceSamples { commands: 10, instances };
        assert_eq!(service_ps(&service).candidate, 11_000);
        let none = ServiceSamples { commands: 0, instances: Vec::new() };
        assert_eq!(service_ps(&none).candidate, 0);
    }
}
