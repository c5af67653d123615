using System.Globalization;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Kernels.Table;

/// <summary>The network 784-256-10, one example at a time and 32 at a time, dense and on digits, plain and with elastic weight consolidation.</summary>
internal static class NetworkRows
{
    private const string Cpp = "C++ two passes";
    private const string CppElastic = "C++ two passes with EWC";
    private const string Sampled = ", sampled (one importance in 8, one pull in 16)";
    private const int Examples = 2000;

    public static IEnumerable<Row> Dense(TableSession session)
    {
        var work = Workload.Generate(784, 10, 512);
        using var side = new Side(session, "dense", work, Specs.Network);
        if (session.Reference.Missing is { } why)
        {
            yield return TableSession.Absent("learn-one dense 784-256-10, two passes", Cpp, 0.9, why, side.Ours());
            yield break;
        }

        using var pending = new Side(session, "dense-pending", work, Specs.Pending);
        using var ahead = new Side(session, "dense-ahead", work, Specs.Pending, isToldAhead: true);
        using var batched = new Side(session, "dense-batch", work, Specs.Batched, isToldAhead: true);
        using var single = new Side(session, "dense-single", work, Specs.Batched);
        var rounds = session.Run(side.Ours, () => side.Theirs("network"), pending.Ours, ahead.Ours, batched.Ours, single.Ours, () => batched.Theirs("network-batch"));
        yield return side.Row("learn-one dense 784-256-10, two passes", rounds, Cpp, 0.9);
        pending.CompareWith(side);
        ahead.CompareWith(side);
        yield return pending.Row("learn-one dense 784-256-10, exact, 16 changes waiting", rounds, Cpp, 1.1, at: 2);
        yield return ahead.Row("the same of events that are known to come", rounds, Cpp, 1.1, at: 3);
        var bytes = 785L * Specs.Hidden * sizeof(float);
        var (read, update) = session.Bandwidth(bytes);
        var roofline = 1 / ((bytes / read) + (bytes / update));
        foreach (var (form, at) in new[] { ("two passes", 0), ("exact, 16 changes waiting", 2) })
        {
            yield return new Row
            {
                Name = $"learn-one dense, {form}: against two passes at full bandwidth",
                OursPerS = rounds.Rate(at),
                Reference = "bytes of the first weights by read and by update bandwidth",
                ReferencePerS = roofline,
                Ratio = rounds.Rate(at) / roofline,
                Bar = 1.0,
                Note = $"{read / 1e9:F0} and {update / 1e9:F0} GB/s at {bytes:N0} bytes",
            };
        }

        yield return side.TorchRow("learn-one dense against PyTorch", "network", 15);
        foreach (var (form, at, bar) in new[] { ("events that are known to come", 4, (double?)0.7), ("events one by one", 5, null) })
        {
            yield return new Row
            {
                Name = $"mini-batch {Specs.Batch}, {form}",
                OursPerS = rounds.Rate(at),
                Reference = "peak multiply-adds",
                ReferencePerS = session.Peak / Passes,
                Ratio = rounds.Rate(at) * Passes / session.Peak,
                Bar = bar,
                Missing = batched.Differs(0.02),
                Note = $"peak {session.Peak / 1e9:F0} G/s; C++ with 32 at a time: {rounds.Rate(6):N0} events/s, {rounds.Rate(6) * Passes / session.Peak:P0} of it",
            };
        }
    }

    public static IEnumerable<Row> Digits(TableSession session)
    {
        var (work, kind) = Load(session);
        using var side = new Side(session, "digits", work, Specs.Network);
        var name = $"learn-one {kind}";
        if (session.Reference.Missing is { } why)
        {
            yield return TableSession.Absent(name, Cpp, 3, why, side.Ours());
            yield break;
        }

        yield return side.Row(name, session.Run(side.Ours, () => side.Theirs("network")), Cpp, 3);
    }

    public static IEnumerable<Row> Elastic(TableSession session)
    {
        var (work, kind) = Load(session);
        using var plain = new Side(session, "digits", work, Specs.Network);
        using var side = new Side(session, "digits-ewc", work, Specs.Elastic);
        using var sampled = new Side(session, "digits-ewc-sampled", work, Specs.ElasticSampled);
        var everyInput = Workload.Generate(784, 10, 512);
        using var dense = new Side(session, "dense-ewc", everyInput, Specs.Elastic);
        using var denseSampled = new Side(session, "dense-ewc-sampled", everyInput, Specs.ElasticSampled);
        foreach (var protectedSide in new[] { side, sampled, dense, denseSampled })
        {
            protectedSide.Consolidate();
        }

        var rounds = session.Run(side.Ours, plain.Ours, sampled.Ours);
        foreach (var (at, form) in new[] { (0, string.Empty), (2, Sampled) })
        {
            yield return new Row
            {
                Name = $"EWC{form}, {kind}: against our own unprotected step",
                OursPerS = rounds.Rate(at),
                Reference = "ours without protection",
                ReferencePerS = rounds.Rate(1),
                Ratio = rounds.Ratio(at, 1),
                Bar = 0.5,
            };
        }

        if (session.Reference.Missing is { } why)
        {
            yield return TableSession.Absent($"EWC, {kind}", CppElastic, 3, why);
            yield return TableSession.Absent("EWC, dense", CppElastic, 1, why);
        }
        else
        {
            foreach (var (subject, name, bar) in new[] { (side, $"EWC, {kind}", 3d), (sampled, $"EWC{Sampled}, {kind}", 3), (dense, "EWC, dense", 1), (denseSampled, $"EWC{Sampled}, dense", 1) })
            {
                yield return subject.Row(name, session.Run(subject.Ours, () => subject.Theirs("network-ewc")), CppElastic, bar, sameLoss: false);
            }
        }

        yield return side.TorchRow($"EWC, {kind}: against PyTorch autograd", "network-ewc", 50);
        yield return sampled.TorchRow($"EWC{Sampled}, {kind}: against PyTorch autograd", "network-ewc", 50);
    }

    /// <summary>Multiply-adds of an event in the first weights and the second, forward, backward and update.</summary>
    private const double Passes = (785d * Specs.Hidden * 2) + (257d * 10 * 3);

    private static (Workload Work, string Kind) Load(TableSession session)
    {
        var work = session.Data is { } data ? Workload.OfDigits(data, Examples) : Workload.Generate(784, 10, Examples, 0.19);
        return (work, $"{(session.Data is null ? "generated digits" : "digits")}, {(100 * work.Active).ToString("F0", CultureInfo.InvariantCulture)} % active");
    }

    /// <summary>One learner and the file that lets the others begin where it begins.</summary>
    private sealed class Side : IDisposable
    {
        private readonly TableSession _session;
        private readonly Subject _subject;
        private readonly string _file;
        private readonly double _loss;
        private double _theirLoss = double.NaN;

        public Side(TableSession session, string name, Workload work, ModelSpec spec, bool isToldAhead = false)
        {
            _session = session;
            _subject = Subject.Of(spec, work, isToldAhead);
            _file = Path.Combine(session.Folder, $"{name}.workload");
            work.Write(_file, Specs.Hidden, Specs.Rate, Specs.Strength, Specs.Weights(_subject.Model, "input-hidden1"), Specs.Weights(_subject.Model, "hidden1-output"));
            _loss = _subject.FirstPass();
            _subject.WarmUp();
        }

        public void Consolidate() => _subject.EndTask();

        public double Ours() => _subject.LearnRate(_session.Slice);

        public double Theirs(string name)
        {
            (var rate, _theirLoss) = _session.Reference.Events(name, _file, _session.Slice);
            return rate;
        }

        /// <summary>Takes the reference's loss from a side that was measured beside the same.</summary>
        public void CompareWith(Side other) => _theirLoss = other._theirLoss;

        public Row Row(string name, Rounds rounds, string reference, double bar, bool sameLoss = true, int at = 0) => new()
        {
            Name = name,
            OursPerS = rounds.Rate(at),
            Reference = reference,
            ReferencePerS = rounds.Rate(1),
            Ratio = rounds.Ratio(at, 1),
            Bar = bar,
            Note = sameLoss ? $"mean loss of the first pass {_loss:F5}, theirs {_theirLoss:F5}" : null,
            Missing = sameLoss ? Differs(0.02) : null,
        };

        /// <summary>Says so where the mean losses of the first pass differ by more than a share.</summary>
        public string? Differs(double share) => Math.Abs(_loss - _theirLoss) > share * _theirLoss ? "the two sides do not compute the same" : null;

        public Row TorchRow(string name, string form, double bar)
        {
            if (!Reference.HasTorch)
            {
                return TableSession.Absent(name, "PyTorch", bar, "python3-torch is not installed (apt-get install python3-torch)", Ours());
            }

            var rounds = _session.Run(Ours, () => Reference.Torch(form, _file, _session.Slice).Rate);
            return new Row { Name = name, OursPerS = rounds.Rate(0), Reference = "PyTorch, one thread", ReferencePerS = rounds.Rate(1), Ratio = rounds.Ratio(0, 1), Bar = bar };
        }

        public void Dispose() => _subject.Dispose();
    }
}
