using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// The house in which models live: it opens them on demand, keeps one writer per stream, closes what is idle or over budget.
/// Everything a caller can get wrong is thrown as <see cref="ProblemException"/>; a store that is away as
/// <see cref="Storage.StoreUnavailableException"/>, a lost stream as <see cref="Storage.FencedException"/>.
/// </summary>
internal interface IModelHost
{
    /// <summary>Creates a model. The same spec under the same name again answers what is there.</summary>
    Task<(ModelInfo Info, bool Created)> CreateAsync(string name, CreateModelRequest request, CancellationToken cancellation);

    /// <summary>A model with its spec, position and state hash; opens it. 404.</summary>
    Task<ModelInfo> GetAsync(string name, CancellationToken cancellation);

    /// <summary>Models by name, without specs; does not open them. A closed model shows the position and hash of its newest version.</summary>
    Task<Page<ModelInfo>> ListAsync(int pageSize, string? pageToken, CancellationToken cancellation);

    /// <summary>Deletes a model with everything it has. 404; 409 where followers need its stream.</summary>
    Task DeleteAsync(string name, CancellationToken cancellation);

    /// <summary>Opens a model where it is not, and holds it open until the lease is disposed. 404.</summary>
    ValueTask<ModelLease> AcquireAsync(string name, CancellationToken cancellation);

    /// <summary>The forward pass of the present state as an ONNX file, with its position. 404; 409 where no fixed graph can say it.</summary>
    Task<(byte[] File, string Position)> ExportOnnxAsync(string name, CancellationToken cancellation);

    /// <summary>Prequential metrics, and the accuracy matrix where <paramref name="withScenario"/>. 404.</summary>
    Task<ModelMetrics> GetMetricsAsync(string name, bool withScenario, CancellationToken cancellation);

    /// <summary>Answers from a stored version for each payload. 404.</summary>
    Task<(IReadOnlyList<Prediction> Predictions, string Position)> PredictAtVersionAsync(string name, int version, IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellation);

    /// <summary>Makes a pinned version of the present position. 404.</summary>
    Task<SnapshotInfo> CreateSnapshotAsync(string name, CreateSnapshotRequest request, CancellationToken cancellation);

    /// <summary>Versions, newest first. 404.</summary>
    Task<Page<SnapshotInfo>> ListSnapshotsAsync(string name, int pageSize, string? pageToken, CancellationToken cancellation);

    /// <summary>One version. 404.</summary>
    Task<SnapshotInfo> GetSnapshotAsync(string name, int version, CancellationToken cancellation);

    /// <summary>Deletes a version. 404; 409 where it is the base that the present state is recovered from.</summary>
    Task DeleteSnapshotAsync(string name, int version, CancellationToken cancellation);

    /// <summary>Takes the model back to a version on a new lineage. 404; 412 where <paramref name="ifMatch"/> (a position) is given and is not the present one.</summary>
    Task<RestoreResult> RestoreAsync(string name, int version, string? ifMatch, CancellationToken cancellation);

    /// <summary>A new model with a stream of its own that begins at a version. 404; 409 where the name is taken.</summary>
    Task<ModelInfo> ForkAsync(string name, int version, ForkRequest request, CancellationToken cancellation);

    /// <summary>The present position of a model, or a stored version, as a file; with the file of its encoder and the probe sets of its stream, where it has them and they are wanted. 404.</summary>
    Task<Bundles.BundleExport> ExportAsync(string name, int? version, bool withEncoder, bool withProbes, CancellationToken cancellation);

    /// <summary>A new model from a file. 400 where it is damaged or not known, and nothing is stored; 409 where the name is taken.</summary>
    Task<ModelInfo> ImportAsync(string name, Stream source, CancellationToken cancellation);

    /// <summary>What changed between two versions. 404.</summary>
    Task<SnapshotDiff> DiffAsync(string name, int from, int to, CancellationToken cancellation);

    /// <summary>Sleeps now: journalled slices of replay and consolidation. 404; 409 for a follower. An <paramref name="eventId"/> makes it exactly-once.</summary>
    Task<SleepResult> SleepAsync(string name, SleepRequest request, string? eventId, string? actor, CancellationToken cancellation);

    /// <summary>A follower beside the leader of its stream, on the same events. 404; 409 for a leader.</summary>
    Task<ComparisonInfo> CompareAsync(string name, CancellationToken cancellation);

    /// <summary>Makes a follower the leader of its stream; the leader follows. 404; 409 for a leader, and for one that is fenced or not caught up.</summary>
    Task<PromotionResult> PromoteAsync(string name, CancellationToken cancellation);

    /// <summary>Events of the model's stream, newest first, or those that are live, oldest first. A page ends where its payloads become too many. 404.</summary>
    Task<Page<HistoryEvent>> ListHistoryAsync(string name, bool oldestFirst, int pageSize, string? pageToken, CancellationToken cancellation);

    /// <summary>Streams by name.</summary>
    Task<Page<StreamInfo>> ListStreamsAsync(int pageSize, string? pageToken, CancellationToken cancellation);

    /// <summary>A stream. 404.</summary>
    Task<StreamInfo> GetStreamAsync(string stream, CancellationToken cancellation);

    /// <summary>Tasks of a stream in order of first appearance. 404.</summary>
    Task<IReadOnlyList<TaskInfo>> ListTasksAsync(string stream, CancellationToken cancellation);

    /// <summary>Begins a task (ending the one that is open). 404. An <paramref name="eventId"/> makes it exactly-once.</summary>
    Task<TaskBoundary> BeginTaskAsync(string stream, string task, string? eventId, string? actor, CancellationToken cancellation);

    /// <summary>Opens a stream where it is not, and holds it open with its leader until the lease is disposed. 404.</summary>
    ValueTask<ModelLease> AcquireLeaderAsync(string stream, CancellationToken cancellation);

    /// <summary>Stores labelled rows as the probe set of a task of a leader's stream, in the place of the last one. 409 where the stream has too many.</summary>
    Task<ProbeInfo> PutProbeAsync(ModelLease leader, string task, IReadOnlyList<LearnInput> rows, string? actor);

    /// <summary>The uploaded probe set of a task with its rows. 404.</summary>
    Task<ProbeInfo> GetProbeAsync(string stream, string task, CancellationToken cancellation);

    /// <summary>Deletes the uploaded probe set of a task. 404.</summary>
    Task DeleteProbeAsync(string stream, string task, CancellationToken cancellation);

    /// <summary>Ends a task. 404; 409 where another task is open.</summary>
    Task<TaskBoundary> EndTaskAsync(string stream, string task, string? eventId, string? actor, CancellationToken cancellation);
}
