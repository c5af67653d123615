using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Modulators;

/// <summary>One detector alone.</summary>
internal sealed class DriftRig : IDisposable
{
    private readonly Workbench _bench = new();
    private readonly IDriftDetector _detector;

    public DriftRig(DriftModulatorSpec spec)
    {
        _detector = spec switch
        {
            AdwinSpec adwin => new Adwin(_bench.Layout, adwin),
            PageHinkleySpec pageHinkley => new PageHinkley(_bench.Layout, pageHinkley),
            DdmSpec ddm => new Ddm(_bench.Layout, ddm),
            _ => throw new ArgumentException("No detector of drift.", nameof(spec)),
        };
        _bench.Build();
    }

    public float Level { get; private set; }

    public bool HasDetected => _detector.HasDetected(_bench.Learn());

    public bool IsBoundary => _detector.IsBoundary(_bench.Learn());

    /// <summary>Feeds one number as surprise, and as an error where it is not 0.</summary>
    public bool Sense(double value)
    {
        Level = _detector.Sense(new StepOutcome { IsScored = true, Surprise = (float)value, IsRight = value == 0 }, _bench.Learn());
        return HasDetected;
    }

    public float Observe() => Level = _detector.Sense(new StepOutcome { IsRewarded = true, Reward = 3f }, _bench.Learn());

    /// <summary>Indices of a trace on which drift is detected.</summary>
    public IReadOnlyList<int> Trace(IEnumerable<double> values)
    {
        var detected = new List<int>();
        var index = 0;
        foreach (var value in values)
        {
            if (Sense(value))
            {
                detected.Add(index);
            }

            index++;
        }

        return detected;
    }

    public void Dispose() => _bench.Dispose();
}

/// <summary>
/// Traces that others have published, drawn with the generators they were drawn with.
/// River: the examples of river.drift.ADWIN, PageHinkley and binary.DDM, and river/drift/test_drift_detectors.py. CapyMOA: the example of capymoa.drift.detectors.ADWIN, which runs MOA.
/// </summary>
public sealed class DriftTraceTests
{
    [Fact]
    public void The_generator_draws_what_Python_and_NumPy_draw()
    {
        var python = MersenneTwister.Python(12345);
        Assert.Equal([0.41661987254534116, 0.010169169457068361, 0.8252065092537432], [python.Uniform(), python.Uniform(), python.Uniform()]);
        Assert.Equal([5, 5, 4, 6, 4, 4, 5, 6], python.Choices(4, 8, 8));
        Assert.Equal([2, 5, 5, 1, 4, 1, 6, 6, 5, 2], MersenneTwister.NumPy(12345).Integers(0, 8, 10));
    }

    [Fact]
    public void Adwin_detects_the_change_of_Rivers_example_at_index_1023()
    {
        using var rig = new DriftRig(new AdwinSpec { Name = "ne" });
        Assert.Equal([1023], rig.Trace(RiverExample()));
    }

    [Fact]
    public void Adwin_detects_the_changes_of_CapyMOAs_example_at_indices_1023_and_1055()
    {
        var generator = MersenneTwister.NumPy(0);
        var stream = generator.Integers(0, 2, 2000)[..999].Concat(generator.Integers(4, 8, 1001)).ToArray();
        Assert.Equal((4d, 5d), (stream[1023], stream[1055]));
        using var rig = new DriftRig(new AdwinSpec { Name = "ne", Delta = 0.001f });
        Assert.Equal([1023, 1055], rig.Trace(stream));
    }

    [Fact]
    public void Page_Hinkley_detects_the_change_of_Rivers_example_at_index_1006()
    {
        using var rig = new DriftRig(new PageHinkleySpec { Name = "ne" });
        Assert.Equal([1006], rig.Trace(RiverExample()));
    }

    [Fact]
    public void Page_Hinkley_detects_the_changes_of_Rivers_test_at_indices_1020_and_1991()
    {
        var generator = MersenneTwister.NumPy(12345);
        using var rig = new DriftRig(new PageHinkleySpec { Name = "ne" });
        Assert.Equal([1020, 1991], rig.Trace([.. generator.Integers(0, 2, 1000), .. generator.Integers(0, 8, 1000)]));
    }

    [Fact]
    public void Ddm_detects_the_change_of_Rivers_example_at_index_1334()
    {
        var generator = MersenneTwister.Python(42);
        using var rig = new DriftRig(new DdmSpec { Name = "ne" });
        Assert.Equal([1334], rig.Trace([.. generator.Choices(0, 2, 1000), .. generator.Flips(0.7, 1000)]));
    }

    [Fact]
    public void Ddm_detects_the_change_of_Rivers_test_at_index_1049()
    {
        // NumPy draws binomial(1, 0.8) as 1 − binomial(1, 0.2).
        var generator = MersenneTwister.NumPy(12345);
        var stream = generator.Flips(0.2, 1000).Concat(generator.Flips(0.2, 1000).Select(flip => 1 - flip));
        using var rig = new DriftRig(new DdmSpec { Name = "ne" });
        Assert.Equal([1049], rig.Trace(stream));
    }

    private static IEnumerable<double> RiverExample()
    {
        var generator = MersenneTwister.Python(12345);
        return [.. generator.Choices(0, 2, 1000), .. generator.Choices(4, 8, 1000)];
    }
}

public sealed class AdwinTests
{
    [Fact]
    public void The_window_is_cut_where_a_window_of_plain_lists_is_cut()
    {
        var oracle = new WindowOracle(0.01, 8);
        using var rig = new DriftRig(new AdwinSpec { Name = "ne", Delta = 0.01f, Clock = 8 });
        var detections = 0;
        for (var n = 0; n < 6000; n++)
        {
            var value = Draw.Uniform(1, n) + (0.8 * ((n / 900) % 3));
            var expected = oracle.Add((float)value);
            Assert.Equal(expected, rig.Sense(value));
            detections += expected ? 1 : 0;
        }

        Assert.InRange(detections, 4, 100);
    }

    [Fact]
    public void A_mean_that_falls_shortens_the_window_and_is_no_drift()
    {
        using var rig = new DriftRig(new AdwinSpec { Name = "ne" });
        Assert.Empty(rig.Trace(Noise(1, 0.8, 2000).Concat(Noise(2, 0.2, 2000))));

        // Had the high past stayed in the window, its mean would hide the rise for longer.
        Assert.InRange(rig.Trace(Noise(3, 0.8, 500))[0], 0, 63);
    }

    [Fact]
    public void There_are_few_false_alarms_in_steady_noise()
    {
        using var rig = new DriftRig(new AdwinSpec { Name = "ne", Signal = DriftSignal.Error });
        Assert.InRange(rig.Trace(Noise(4, 0.2, 100_000)).Count, 0, 3);
    }

    [Fact]
    public void A_histogram_that_is_full_drops_its_oldest_events_and_goes_on()
    {
        // 5 rows hold at most 5 · 31 events.
        using var rig = new DriftRig(new AdwinSpec { Name = "ne", Rows = 5 });
        Assert.Empty(rig.Trace(Enumerable.Repeat(0d, 10_000)));
        Assert.NotEmpty(rig.Trace(Enumerable.Repeat(1d, 96)));
        Assert.All(rig.Trace(Enumerable.Repeat(1d, 10_000)), index => Assert.InRange(index, 0, 5 * 31));
        Assert.NotEmpty(rig.Trace(Enumerable.Repeat(2d, 96)));
    }

    private static IEnumerable<double> Noise(int seed, double rate, int count) =>
        Enumerable.Range(0, count).Select(n => Draw.Uniform(seed, n) < rate ? 1d : 0d);

    /// <summary>ADWIN2 over lists, every number recomputed from the buckets.</summary>
    private sealed class WindowOracle(double delta, int clock)
    {
        private readonly List<List<(double Size, double Total, double Squares)>> _rows = [[]];
        private int _tick;

        private IEnumerable<(double Size, double Total, double Squares)> OldestFirst => Enumerable.Reverse(_rows).SelectMany(row => row);

        public bool Add(double value)
        {
            var before = Sum(OldestFirst);
            _rows[0].Add((1, value, 0));
            for (var row = 0; row < _rows.Count && _rows[row].Count == 6; row++)
            {
                if (row + 1 == _rows.Count)
                {
                    _rows.Add([]);
                }

                _rows[row + 1].Add(Sum(_rows[row].Take(2)));
                _rows[row].RemoveRange(0, 2);
            }

            if (++_tick % clock != 0 || Sum(OldestFirst).Size <= 10)
            {
                return false;
            }

            var cut = false;
            while (HasCut())
            {
                cut = true;
                _rows[^1].RemoveAt(0);
                while (_rows[^1].Count == 0)
                {
                    _rows.RemoveAt(_rows.Count - 1);
                }
            }

            var after = Sum(OldestFirst);
            return cut && after.Total / after.Size > before.Total / before.Size;
        }

        private static (double Size, double Total, double Squares) Sum(IEnumerable<(double Size, double Total, double Squares)> buckets)
        {
            var all = buckets.ToArray();
            var (size, total) = (all.Sum(bucket => bucket.Size), all.Sum(bucket => bucket.Total));
            return (size, total, all.Sum(bucket => bucket.Squares + (bucket.Size * Math.Pow((bucket.Total / bucket.Size) - (total / size), 2))));
        }

        private bool HasCut()
        {
            var buckets = OldestFirst.ToArray();
            var whole = Sum(buckets);
            var confidence = Math.Log(2 * Math.Log(whole.Size) / delta);
            for (var k = 1; k < buckets.Length; k++)
            {
                var (old, young) = (Sum(buckets.Take(k)), Sum(buckets.Skip(k)));
                if (old.Size < 5 || young.Size < 5)
                {
                    continue;
                }

                var m = 1 / ((1 / (old.Size - 4)) + (1 / (young.Size - 4)));
                var bound = Math.Sqrt(2 / m * (whole.Squares / whole.Size) * confidence) + (2 / (3 * m) * confidence);
                if (Math.Abs((old.Total / old.Size) - (young.Total / young.Size)) > bound)
                {
                    return true;
                }
            }

            return false;
        }
    }
}

public sealed class PageHinkleyTests
{
    [Fact]
    public void Drift_is_a_sum_of_excess_beyond_the_threshold()
    {
        var spec = new PageHinkleySpec { Name = "ne", Delta = 0.01f, Threshold = 5f, Decay = 0.99f, MinimumEvents = 10 };
        using var rig = new DriftRig(spec);
        var (count, mean, sum, detections) = (0, 0d, 0d, 0);
        for (var n = 0; n < 3000; n++)
        {
            var value = (double)(Draw.Uniform(1, n) + ((n / 500) % 2));
            count++;
            mean += (value - mean) / count;
            sum = Math.Max(0, (0.99 * sum) + value - mean - 0.01);
            var expected = count >= 9 && sum >= 5;
            Assert.Equal(expected, rig.Sense(value));
            if (expected)
            {
                (count, mean, sum) = (0, 0, 0);
                detections++;
            }
        }

        Assert.InRange(detections, 3, 20);
    }
}

public sealed class DdmTests
{
    [Fact]
    public void Drift_is_a_rate_far_above_the_lowest()
    {
        using var rig = new DriftRig(new DdmSpec { Name = "ne", MinimumEvents = 40 });
        var (count, errors, lowest, deviation, detections) = (0, 0, double.PositiveInfinity, 0d, 0);
        for (var n = 0; n < 6000; n++)
        {
            var wrong = Draw.Uniform(1, n) < (((n / 1500) % 2) == 0 ? 0.1 : 0.5);
            count++;
            errors += wrong ? 1 : 0;
            var rate = (double)errors / count;
            var spread = Math.Sqrt(rate * (1 - rate) / count);
            if (count > 40 && rate + spread <= lowest + deviation)
            {
                (lowest, deviation) = (rate, spread);
            }

            var expected = count > 40 && rate + spread > lowest + (3 * deviation);
            Assert.Equal(expected, rig.Sense(wrong ? 1 : 0));
            if (expected)
            {
                (count, errors, lowest, deviation) = (0, 0, double.PositiveInfinity, 0);
                detections++;
            }
        }

        Assert.InRange(detections, 2, 10);
    }
}

public sealed class DriftLevelTests
{
    private static readonly PageHinkleySpec Spec = new() { Name = "ne", Threshold = 5f, TimeConstant = 20f, Boundary = true };

    [Fact]
    public void The_level_is_1_on_the_event_of_a_detection_and_decays_to_0()
    {
        using var rig = new DriftRig(Spec);
        Rise(rig);
        Assert.Equal(1f, rig.Level);
        var expected = 1d;
        while (expected * (1 - (1d / 20)) >= 0.0101)
        {
            Assert.False(rig.Sense(1));
            expected *= 1 - (1d / 20);
            Near.Equal(expected, rig.Level);
        }

        rig.Trace(Enumerable.Repeat(1d, 5));
        Assert.Equal(0f, rig.Level);
    }

    [Fact]
    public void An_event_without_a_target_is_no_detection_and_leaves_the_level_where_it_is()
    {
        using var rig = new DriftRig(Spec);
        Rise(rig);
        Assert.True(rig.IsBoundary);
        Assert.Equal(1f, rig.Observe());
        Assert.False(rig.HasDetected);
        Assert.False(rig.IsBoundary);
    }

    [Fact]
    public void A_detection_before_the_level_is_back_at_0_belongs_to_the_same_drift()
    {
        using var rig = new DriftRig(Spec with { TimeConstant = 1000f });
        Rise(rig);
        Assert.True(rig.IsBoundary);
        Assert.Empty(rig.Trace(Enumerable.Repeat(1d, 50)));
        Assert.True(rig.Level > 0f);
        Assert.NotEmpty(rig.Trace(Enumerable.Repeat(3d, 5).TakeWhile(_ => rig.Level < 1f)));
        Assert.Equal(1f, rig.Level);
        Assert.False(rig.IsBoundary);
    }

    [Fact]
    public void Detections_are_boundaries_only_where_the_spec_asks_for_it()
    {
        using var rig = new DriftRig(Spec with { Boundary = false });
        Rise(rig);
        Assert.True(rig.HasDetected);
        Assert.False(rig.IsBoundary);
    }

    private static void Rise(DriftRig rig)
    {
        Assert.Empty(rig.Trace(Enumerable.Range(0, 640).Select(n => n % 2 * 0.1)));
        var n = 0;
        while (!rig.Sense(1))
        {
            Assert.InRange(++n, 0, 100);
        }
    }
}
