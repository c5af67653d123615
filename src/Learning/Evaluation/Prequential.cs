using System.Runtime.InteropServices;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// Prequential (test-then-train, Dawid 1984) statistics of a model: every score is of the prediction made before learning.
/// A pure fold of the outcomes, in order, with no clock; a version stores it beside the state, so a restore takes the numbers back too.
/// One caller at a time; allocates only for classes and tasks that are new.
/// </summary>
public sealed class Prequential
{
    /// <summary>Largest log-loss of one event: −ln 10^-7.</summary>
    public const double LogLossCap = 16.118095650958319;

    /// <summary>Without the drift log and what the kappas are made of.</summary>
    private const byte FirstFormat = 1;

    /// <summary>Without the delay of labels.</summary>
    private const byte SecondFormat = 2;
    private const byte Format = 3;
    private const int MaxWindow = 100_000;
    private readonly Score[] _ring;
    private readonly Dictionary<string, MetricTotals> _tasks = new(StringComparer.Ordinal);
    private readonly List<string> _taskOrder = [];
    private readonly long[] _statuses = new long[8];
    private Baselines _baselines = new();
    private Agreement _agreement;
    private MetricTotals[] _classes = [];
    private MetricTotals _total;
    private long _scored;
    private long _consolidations;

    /// <summary>Starts from nothing.</summary>
    /// <param name="isClassifier">Labels (accuracy, log-loss) or values (errors).</param>
    /// <param name="windowSize">Events in the window, 1 … 100,000.</param>
    public Prequential(bool isClassifier, int windowSize = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowSize, MaxWindow);
        IsClassifier = isClassifier;
        _ring = new Score[windowSize];
        _agreement = new Agreement(isClassifier ? windowSize : 0);
    }

    /// <summary>Labels or values.</summary>
    public bool IsClassifier { get; }

    /// <summary>Detections of drift, which count by sequence and are taken in apart.</summary>
    public DriftLog Drift { get; } = new();

    /// <summary>How late labels come, which counts by events and is taken in apart.</summary>
    public LabelDelay Delay { get; } = new();

    private long WindowCount => Math.Min(_scored, _ring.Length);

    /// <summary>Takes in what one event did.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="task">Task the event belonged to, or null.</param>
    /// <param name="isExample">Whether the event carried features (<c>Learned</c>, <c>Observed</c>, <c>FedBack</c>); a boundary or growth counts no status.</param>
    public void Update(Outcome outcome, string? task, bool isExample)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        _consolidations += outcome.Consolidated ? 1 : 0;
        if (!isExample)
        {
            return;
        }

        _statuses[(int)outcome.Status & 7]++;
        if (!outcome.IsScored || (IsClassifier ? outcome.TargetLabel < 0 : outcome.TargetCount == 0))
        {
            return;
        }

        var score = IsClassifier ? ScoreLabel(outcome) : ScoreValues(outcome);
        _total.Add(score);
        var place = _scored % _ring.Length;
        _ring[place] = score;
        _scored++;
        if (task is not null)
        {
            ref var totals = ref CollectionsMarshal.GetValueRefOrAddDefault(_tasks, task, out var known);
            totals.Add(score);
            if (!known)
            {
                _taskOrder.Add(task);
            }
        }

        if (IsClassifier)
        {
            if (_classes.Length <= outcome.TargetLabel)
            {
                Array.Resize(ref _classes, Math.Max(16, Math.Max(outcome.TargetLabel + 1, _classes.Length * 2)));
            }

            _classes[outcome.TargetLabel].Add(score);
            var isNoChange = _baselines.UpdateLabel(outcome.TargetLabel);
            _agreement.Add(place, new Agreement.Answer(outcome.Prediction.Label, outcome.TargetLabel, isNoChange));
        }
        else
        {
            _baselines.UpdateValues(outcome.Targets.AsSpan(0, outcome.TargetCount));
        }
    }

    /// <summary>The numbers as the wire shows them.</summary>
    /// <param name="position">Position they belong to.</param>
    /// <param name="labels">Class names by id.</param>
    /// <param name="modulators">Present level of every modulator.</param>
    /// <returns>The metrics.</returns>
    public ModelMetrics Summarise(string position, IReadOnlyList<string> labels, IReadOnlyDictionary<string, float> modulators)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var window = default(MetricTotals);
        for (var i = 0; i < WindowCount; i++)
        {
            window.Add(_ring[i]);
        }

        var classes = new Dictionary<string, MetricSummary>();
        for (var i = 0; i < Math.Min(_classes.Length, labels.Count); i++)
        {
            classes[labels[i]] = _classes[i].Summarise(isClassifier: true);
        }

        return new ModelMetrics
        {
            Position = position,
            Total = IsClassifier ? _agreement.InTotal(_total.Summarise(true), _total.Right, _classes, _baselines.NoChangeRight) : _total.Summarise(false),
            Window = IsClassifier ? _agreement.InWindow(window.Summarise(true), window.Right) : window.Summarise(false),
            WindowSize = _ring.Length,
            Classes = IsClassifier ? classes : null,
            Tasks = _taskOrder.Count == 0 ? null : _taskOrder.ToDictionary(name => name, name => _tasks[name].Summarise(IsClassifier)),
            Baselines = _baselines.Summarise(IsClassifier),
            Modulators = modulators,
            Events = new Dictionary<string, long>
            {
                ["learned"] = _statuses[(int)LearnStatus.Learned],
                ["observed"] = _statuses[(int)LearnStatus.Observed],
                ["skipped"] = _statuses[(int)LearnStatus.Skipped],
            },
            Consolidations = _consolidations,
            LabelDelay = Delay.Summarise(),
        };
    }

    /// <summary>The statistics as bytes.</summary>
    /// <returns>What <see cref="Read"/> takes.</returns>
    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Format);
        writer.Write(IsClassifier);
        writer.Write(_ring.Length);
        writer.Write(_scored);
        for (var i = 0; i < WindowCount; i++)
        {
            writer.Write(_ring[i].IsRight);
            writer.Write(IsClassifier ? _ring[i].LogLoss : _ring[i].AbsoluteError);
            writer.Write(_ring[i].SquaredError);
        }

        _total.Write(writer);
        writer.Write(_consolidations);
        foreach (var status in _statuses)
        {
            writer.Write(status);
        }

        writer.Write(_classes.Length);
        foreach (var totals in _classes)
        {
            totals.Write(writer);
        }

        writer.Write(_taskOrder.Count);
        foreach (var task in _taskOrder)
        {
            writer.Write(task);
            _tasks[task].Write(writer);
        }

        _baselines.Write(writer);
        Drift.Write(writer);
        if (IsClassifier)
        {
            _agreement.Write(writer, WindowCount);
        }

        Delay.Write(writer);

        return stream.ToArray();
    }

    /// <summary>Reads statistics.</summary>
    /// <param name="bytes">What <see cref="Write"/> gave.</param>
    /// <returns>The statistics.</returns>
    /// <exception cref="InvalidDataException">The bytes are something else.</exception>
    public static Prequential Read(ReadOnlySpan<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()));
        var format = bytes.IsEmpty ? default : reader.ReadByte();
        if (format is not (FirstFormat or SecondFormat or Format))
        {
            throw new InvalidDataException("The stored statistics have an unknown format.");
        }

        try
        {
            return ReadBody(reader, format);
        }
        catch (EndOfStreamException reason)
        {
            throw new InvalidDataException("The stored statistics end early.", reason);
        }
    }

    private static Prequential ReadBody(BinaryReader reader, byte format)
    {
        var isFirst = format == FirstFormat;
        var isClassifier = reader.ReadBoolean();
        var statistics = new Prequential(isClassifier, Math.Clamp(reader.ReadInt32(), 1, MaxWindow)) { _scored = reader.ReadInt64() };
        for (var i = 0; i < statistics.WindowCount; i++)
        {
            var isRight = reader.ReadBoolean();
            var first = reader.ReadDouble();
            var squared = reader.ReadDouble();
            statistics._ring[i] = isClassifier ? new Score(isRight, first, 0, squared) : new Score(isRight, 0, first, squared);
        }

        statistics._total = MetricTotals.Read(reader);
        statistics._consolidations = reader.ReadInt64();
        for (var i = 0; i < statistics._statuses.Length; i++)
        {
            statistics._statuses[i] = reader.ReadInt64();
        }

        statistics._classes = new MetricTotals[reader.ReadInt32()];
        for (var i = 0; i < statistics._classes.Length; i++)
        {
            statistics._classes[i] = MetricTotals.Read(reader);
        }

        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var task = reader.ReadString();
            statistics._taskOrder.Add(task);
            statistics._tasks[task] = MetricTotals.Read(reader);
        }

        statistics._baselines = Baselines.Read(reader);
        if (!isFirst)
        {
            statistics.Drift.Read(reader);
        }

        if (isClassifier)
        {
            statistics._agreement = isFirst
                ? Agreement.Unknown(statistics._ring.Length, statistics.WindowCount)
                : Agreement.Read(reader, statistics._ring.Length, statistics.WindowCount);
        }

        if (format >= Format)
        {
            statistics.Delay.Read(reader);
        }

        return statistics;
    }

    private static Score ScoreLabel(Outcome outcome)
    {
        // A loss that is not finite is that of a class the model could not name yet.
        var loss = float.IsFinite(outcome.Loss) ? Math.Clamp(outcome.Loss, 0, LogLossCap) : LogLossCap;
        return new Score(outcome.Prediction.Label == outcome.TargetLabel, loss, 0, 0);
    }

    private static Score ScoreValues(Outcome outcome)
    {
        var absolute = 0.0;
        var squared = 0.0;
        for (var i = 0; i < outcome.TargetCount; i++)
        {
            var predicted = i < outcome.Prediction.Count ? outcome.Prediction.Scores[i] : 0f;
            var error = predicted - outcome.Targets[i];
            absolute += Math.Abs(error);
            squared += error * error;
        }

        return new Score(false, 0, absolute / outcome.TargetCount, squared / outcome.TargetCount);
    }
}
