using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Api.Tests.Fakes;

/// <summary>Models of every input form, held in memory: <c>vector</c> (4), <c>image</c> (2×2), <c>sparse</c> (100, at most 5), <c>named</c> (at most 3), <c>regressor</c> (2 numbers from 4).</summary>
internal sealed class FakeHost : IModelHost
{
    private static readonly TargetSpec Label = new() { Kind = TargetKind.Label };

    public Dictionary<string, FakeLease> Models { get; } = new[]
    {
        new FakeLease("vector", new InputSpec { Kind = InputKind.Vector, Size = 4 }, Label),
        new FakeLease("image", new InputSpec { Kind = InputKind.Image, Height = 2, Width = 2 }, Label),
        new FakeLease("sparse", new InputSpec { Kind = InputKind.Sparse, Size = 100, MaxActive = 5 }, Label),
        new FakeLease("named", new InputSpec { Kind = InputKind.Named, MaxActive = 3 }, Label),
        new FakeLease("regressor", new InputSpec { Kind = InputKind.Vector, Size = 4 }, new TargetSpec { Kind = TargetKind.Value, Size = 2 }),
        new FakeLease("follower", new InputSpec { Kind = InputKind.Vector, Size = 4 }, Label) { Leads = false },
    }.ToDictionary(lease => lease.Name);

    public Exception? Fails { get; set; }

    public string? IfMatch { get; private set; }

    public string? Actor { get; private set; }

    public string? BoundaryId { get; private set; }

    public IReadOnlyList<LearnInput>? Probe { get; private set; }

    public ScenarioMetrics? Scenario { get; set; }

    public Task<(ModelInfo Info, bool Created)> CreateAsync(string name, CreateModelRequest request, CancellationToken cancellation) =>
        Answer(() => (Info(name), !Models.ContainsKey(name)));

    public Task<ModelInfo> GetAsync(string name, CancellationToken cancellation) => Answer(() => Info(Find(name).Name));

    public Task<Page<ModelInfo>> ListAsync(int pageSize, string? pageToken, CancellationToken cancellation) =>
        Answer(() => new Page<ModelInfo> { Items = [.. Models.Keys.Take(pageSize).Select(Info)], NextPageToken = pageToken });

    public Task DeleteAsync(string name, CancellationToken cancellation) => Answer(() => Find(name));

    public ValueTask<ModelLease> AcquireAsync(string name, CancellationToken cancellation) => new(Answer<ModelLease>(() => Find(name)));

    public Task<(byte[] File, string Position)> ExportOnnxAsync(string name, CancellationToken cancellation) =>
        Models.ContainsKey(name) ? Task.FromResult((new byte[] { 8, 8 }, "1:7")) : throw ProblemException.NotFound($"There is no model '{name}'.");

    public Task<ModelMetrics> GetMetricsAsync(string name, bool withScenario, CancellationToken cancellation) => Answer(() => new ModelMetrics
    {
        Position = "1:7",
        Total = new MetricSummary { Count = 7 },
        Window = new MetricSummary { Count = 7 },
        WindowSize = Find(name).Name.Length,
        Baselines = new BaselineMetrics { NoChange = new MetricSummary { Count = 7 }, Majority = new MetricSummary { Count = 7 } },
        Modulators = new Dictionary<string, float>(),
        Events = new Dictionary<string, long>(),
        Consolidations = 0,
        Scenario = withScenario ? Scenario : null,
    });

    public Task<(IReadOnlyList<Prediction> Predictions, string Position)> PredictAtVersionAsync(string name, int version, IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellation) =>
        Answer(() =>
        {
            RequireVersion(version);
            return ((IReadOnlyList<Prediction>)[.. payloads.Select(_ => new Prediction { Label = "old", Probability = 1, Probabilities = new Dictionary<string, float> { ["old"] = 1 } })], "1:3");
        });

    public Task<SnapshotInfo> CreateSnapshotAsync(string name, CreateSnapshotRequest request, CancellationToken cancellation) => Answer(() => Snapshot(name, request.Note));

    public Task<Page<SnapshotInfo>> ListSnapshotsAsync(string name, int pageSize, string? pageToken, CancellationToken cancellation) =>
        Answer(() => new Page<SnapshotInfo> { Items = [Snapshot(name, null)] });

    public Task<SnapshotInfo> GetSnapshotAsync(string name, int version, CancellationToken cancellation) => Answer(() =>
    {
        RequireVersion(version);
        return Snapshot(name, null);
    });

    public Task DeleteSnapshotAsync(string name, int version, CancellationToken cancellation) => GetSnapshotAsync(name, version, cancellation);

    public Task<RestoreResult> RestoreAsync(string name, int version, string? ifMatch, CancellationToken cancellation) => Answer(() =>
    {
        RequireVersion(version);
        IfMatch = ifMatch;
        return ifMatch is null or "1:7"
            ? new RestoreResult { Model = Find(name).Name, Version = version, Position = "2:8", StateHash = "sha256:00" }
            : throw new ProblemException(412, Contracts.Problems.ProblemTypes.PreconditionFailed, "Precondition failed", "The model stands at 1:7.");
    });

    public Task<ModelInfo> ForkAsync(string name, int version, ForkRequest request, CancellationToken cancellation) => Answer(() => Info(request.Model));

    public bool ExportedEncoder { get; private set; }

    public Task<LifelongApi.Api.Bundles.BundleExport> ExportAsync(string name, int? version, bool withEncoder, bool withProbes, CancellationToken cancellation) => Answer(() =>
    {
        RequireVersion(version ?? 3);
        ExportedEncoder = withEncoder;
        return new LifelongApi.Api.Bundles.BundleExport($"{Find(name).Name}.bundle", new Position(1, 7), (target, stop) => target.WriteAsync(new byte[] { 1, 2, 3 }, stop).AsTask());
    });

    public Task<ModelInfo> ImportAsync(string name, Stream source, CancellationToken cancellation) => Answer(() => Info(name));

    public Task<SnapshotDiff> DiffAsync(string name, int from, int to, CancellationToken cancellation) => Answer(() =>
    {
        RequireVersion(from);
        RequireVersion(to);
        return new SnapshotDiff { Model = Find(name).Name, From = from, FromPosition = "1:3", To = to, ToPosition = "1:3", IsSame = true, Pages = 1, ChangedPages = 0, Slots = 1, ChangedSlots = [], AddedClasses = [] };
    });

    public Task<SleepResult> SleepAsync(string name, SleepRequest request, string? eventId, string? actor, CancellationToken cancellation) => Answer(() =>
    {
        (BoundaryId, Actor) = (eventId, actor);
        return new SleepResult { Model = Find(name).Name, Slices = request.Slices, Consolidated = false, Position = "1:8" };
    });

    public Task<ComparisonInfo> CompareAsync(string name, CancellationToken cancellation) => Answer(() => new ComparisonInfo
    {
        Challenger = Find(name).Name, Leader = "vector", Since = 0, Sequence = 7, Pending = 0, Events = 7, Measure = "error",
        Difference = 0, DifferenceLow = -1, DifferenceHigh = 1, EvidenceBetter = 1, EvidenceWorse = 1, Verdict = "undecided",
    });

    public Task<PromotionResult> PromoteAsync(string name, CancellationToken cancellation) => Answer(() =>
        Find(name).Leads ? throw ProblemException.Conflict("leads") : new PromotionResult { Leader = name, Follower = "vector", Stream = "vector", Position = "2:7" });

    public Task<Page<HistoryEvent>> ListHistoryAsync(string name, bool oldestFirst, int pageSize, string? pageToken, CancellationToken cancellation) => Answer(() => new Page<HistoryEvent>
    {
        Items = [new HistoryEvent { Sequence = 1, EventId = Find(name).Name, Kind = EventKind.Learned, ReceivedAt = DateTimeOffset.UnixEpoch, Weight = 1, PayloadBytes = 3, Live = true }],
    });

    public Task<Page<StreamInfo>> ListStreamsAsync(int pageSize, string? pageToken, CancellationToken cancellation) => Answer(() => new Page<StreamInfo> { Items = [Stream("vector")] });

    public Task<StreamInfo> GetStreamAsync(string stream, CancellationToken cancellation) => Answer(() => Stream(Find(stream).Name));

    public Task<IReadOnlyList<TaskInfo>> ListTasksAsync(string stream, CancellationToken cancellation) =>
        Answer<IReadOnlyList<TaskInfo>>(() => [new TaskInfo { Name = Find(stream).Name, Segments = [] }]);

    public Task<TaskBoundary> BeginTaskAsync(string stream, string task, string? eventId, string? actor, CancellationToken cancellation) => Boundary(task, "began", eventId, actor);

    public Task<TaskBoundary> EndTaskAsync(string stream, string task, string? eventId, string? actor, CancellationToken cancellation) => Boundary(task, "ended", eventId, actor);

    public ValueTask<ModelLease> AcquireLeaderAsync(string stream, CancellationToken cancellation) => new(Answer<ModelLease>(() => Find(stream)));

    public Task<ProbeInfo> PutProbeAsync(ModelLease leader, string task, IReadOnlyList<LearnInput> rows, string? actor) => Answer(() =>
    {
        (Probe, Actor) = (rows, actor);
        return ProbeOf(leader.Name, task);
    });

    public Task<ProbeInfo> GetProbeAsync(string stream, string task, CancellationToken cancellation) => Answer(() => ProbeOf(Find(stream).Name, task));

    public Task DeleteProbeAsync(string stream, string task, CancellationToken cancellation) => Answer(() => ProbeOf(Find(stream).Name, task));

    private ProbeInfo ProbeOf(string stream, string task) => Probe is { } rows
        ? new ProbeInfo { Stream = stream, Task = task, RowCount = rows.Count, Bytes = 1, Hash = "sha256:00", CreatedAt = DateTimeOffset.UnixEpoch }
        : throw ProblemException.NotFound($"Task '{task}' has no probe set.");

    private static void RequireVersion(int version)
    {
        if (version != 3)
        {
            throw ProblemException.NotFound($"There is no version {version}.");
        }
    }

    private static ModelInfo Info(string name) => new()
    {
        Name = name, Stream = name, Role = ModelRole.Leader, Status = ModelStatus.Open, Lineage = 1, Sequence = 7, Version = 3,
        StateHash = "sha256:00", StateBytes = 1, Classes = [], Engine = "test", CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private static StreamInfo Stream(string name) => new() { Name = name, Sequence = 7, EventCount = 7, Epoch = 1, Models = [], CreatedAt = DateTimeOffset.UnixEpoch };

    private SnapshotInfo Snapshot(string name, string? note) => new()
    {
        Version = 3, Position = "1:3", StateHash = Find(name).Name, Bytes = 1, NewBytes = 1, Pinned = true, Cause = "snapshot", Note = note, CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private Task<TaskBoundary> Boundary(string task, string status, string? eventId, string? actor) => Answer(() =>
    {
        (BoundaryId, Actor) = (eventId, actor);
        return new TaskBoundary { Task = task, Status = status, Position = "1:8", Consolidated = false };
    });

    private FakeLease Find(string name) => Models.TryGetValue(name, out var lease) ? lease : throw ProblemException.NotFound($"There is no model '{name}'.");

    private Task<T> Answer<T>(Func<T> answer) => Fails is { } error ? Task.FromException<T>(error) : Run(answer);

    private static Task<T> Run<T>(Func<T> answer)
    {
        try
        {
            return Task.FromResult(answer());
        }
        catch (ProblemException error)
        {
            return Task.FromException<T>(error);
        }
    }
}
