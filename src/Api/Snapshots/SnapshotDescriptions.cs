using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Snapshots;

/// <summary>What the documentation says about versions.</summary>
internal static class SnapshotDescriptions
{
    public static OperationDescription Create { get; } = new("Take a snapshot", "Stores the present position as a pinned version. Pages that did not change are shared with earlier versions.")
    {
        Bodies = [Json<CreateSnapshotRequest>("""{"note":"before the holidays"}""")],
        BodyIsOptional = true,
        Answers = [Created<SnapshotInfo>("The version; Location says where it is.", Samples.Snapshot)],
        Problems = [400, 404, 413, 415],
    };

    public static OperationDescription List { get; } = new("List versions", "Newest first: pinned snapshots and the recovery points that the service cuts by itself.")
    {
        Parameters = Paging,
        Answers = [Ok<Page<SnapshotInfo>>("A page.", Samples.Page(Samples.Snapshot))],
        Problems = [400, 404],
    };

    public static OperationDescription Get { get; } = new("Get a version", "What it stores and why it was made.")
    {
        Answers = [Ok<SnapshotInfo>("The version.", Samples.Snapshot)],
        Problems = [404],
    };

    public static OperationDescription Diff { get; } = new("Compare two versions", "Which pages and which slots of the state differ, and by how much: numbers changed, Euclidean length of the change, the same relative to what was there, largest change.")
    {
        Answers = [Ok<SnapshotDiff>("What changed from version to other.", """{"model":"fraud","from":2,"fromPosition":"1:4000","to":3,"toPosition":"1:4711","isSame":false,"pages":112,"changedPages":31,"slots":64,"changedSlots":[{"slot":"stable-readout.weights","region":"read","length":8192,"changed":512,"l2":0.83,"relative":0.04,"maxAbs":0.11},{"slot":"clock.steps","region":"read","length":2,"changed":1}],"addedClasses":[]}""")],
        Problems = [400, 404, 409],
    };

    public static OperationDescription Delete { get; } = new("Delete a version", "With the pages that only it used. Refused for the version that the present state is recovered from.")
    {
        Answers = [NoContent("It is gone.")],
        Problems = [404, 409],
    };

    public static OperationDescription Restore { get; } = new("Restore a version", "Takes the model back to the version, bit for bit, on a new lineage. Nothing is deleted: events after it can be learned again.")
    {
        Parameters = [new("If-Match", true, "The position (ETag) that the model must have now.", "\"1:4711\"")],
        Answers = [Ok<RestoreResult>("Where the model stands now.", """{"model":"fraud","version":3,"position":"2:4712","stateHash":"sha256:6f1c2c0b3a"}""")],
        Problems = [400, 404, 409, 412],
    };

    public static OperationDescription Fork { get; } = new("Fork a version", "A new model, with a stream of its own, that begins at the version.")
    {
        Bodies = [Json<ForkRequest>("""{"model":"fraud-trial"}""")],
        Answers = [Created<ModelInfo>("The new model; Location says where it is.", Samples.Model)],
        Problems = [400, 404, 409, 413, 415],
    };
}
