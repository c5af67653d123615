using System.Globalization;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Client;

public sealed partial class LifelongClient
{
    /// <summary>Stores the model's present state as a version that is kept until someone deletes it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="note">A note to keep with it, at most 1,000 characters.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The version.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public Task<SnapshotInfo> CreateSnapshotAsync(string model, string? note = null, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<SnapshotInfo>(HttpMethod.Post, SnapshotsPath(model), new CreateSnapshotRequest { Note = note }, Repeat.WhenRefused, cancellationToken);

    /// <summary>Lists the versions of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>Its versions.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public IAsyncEnumerable<SnapshotInfo> ListSnapshotsAsync(string model, CancellationToken cancellationToken = default) =>
        PagesAsync<SnapshotInfo>(SnapshotsPath(model), cancellationToken);

    /// <summary>Shows a version.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">Its number, from 1.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The version.</returns>
    /// <exception cref="LifelongException">404: no such model or version.</exception>
    public Task<SnapshotInfo> GetSnapshotAsync(string model, int version, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<SnapshotInfo>(SnapshotPath(model, version), cancellationToken);

    /// <summary>Deletes a version.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">Its number, from 1.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>When it is gone.</returns>
    /// <exception cref="LifelongException">404: no such model or version.</exception>
    public Task DeleteSnapshotAsync(string model, int version, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<Nothing>(HttpMethod.Delete, SnapshotPath(model, version), null, Repeat.WhenRefused, cancellationToken);

    /// <summary>Takes the model back to a version, bit for bit, on a new lineage.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">Its number, from 1.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Where the model stands now.</returns>
    /// <exception cref="LifelongException">404: no such model or version.</exception>
    public Task<RestoreResult> RestoreAsync(string model, int version, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<RestoreResult>(HttpMethod.Post, SnapshotPath(model, version) + ":restore", null, Repeat.WhenRefused, cancellationToken);

    /// <summary>Puts the model to sleep now: slices of replay and consolidation, as journalled events.</summary>
    /// <param name="model">The model; it leads its stream.</param>
    /// <param name="slices">Slices, 1 … 1,000.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>What it did.</returns>
    /// <exception cref="LifelongException">404: no such model; 409: it follows another's stream.</exception>
    public Task<SleepResult> SleepAsync(string model, int slices = 1, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<SleepResult>(HttpMethod.Post, $"/v1/admin/models/{Uri.EscapeDataString(model)}:sleep", new SleepRequest { Slices = slices }, Repeat.WhenRefused, cancellationToken);

    /// <summary>Makes a new model that starts from a version.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">Its number, from 1.</param>
    /// <param name="newModel">Name of the new model.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The new model.</returns>
    /// <exception cref="LifelongException">404: no such model or version; 409: the name is taken.</exception>
    public Task<ModelInfo> ForkAsync(string model, int version, string newModel, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<ModelInfo>(HttpMethod.Post, SnapshotPath(model, version) + ":fork", new ForkRequest { Model = newModel }, Repeat.WhenRefused, cancellationToken);

    /// <summary>Lists the journalled events of a model, page by page as they are enumerated.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>Its events.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public IAsyncEnumerable<HistoryEvent> ListHistoryAsync(string model, CancellationToken cancellationToken = default) =>
        ListHistoryAsync(model, oldestFirst: false, cancellationToken);

    /// <summary>Lists the journalled events of a model, newest first, or only those that are live, oldest first.</summary>
    /// <param name="model">The model.</param>
    /// <param name="oldestFirst">Whether to begin with the first live event.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>Its events.</returns>
    /// <exception cref="LifelongException">404: no such model.</exception>
    public IAsyncEnumerable<HistoryEvent> ListHistoryAsync(string model, bool oldestFirst, CancellationToken cancellationToken = default) =>
        PagesAsync<HistoryEvent>(AdminPath(model) + (oldestFirst ? "/history?order=oldestFirst" : "/history"), cancellationToken);

    private static string AdminPath(string model)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return "/v1/admin/models/" + Uri.EscapeDataString(model);
    }

    private static string SnapshotsPath(string model) => AdminPath(model) + "/snapshots";

    private static string SnapshotPath(string model, int version) =>
        string.Create(CultureInfo.InvariantCulture, $"{SnapshotsPath(model)}/{version}");

    /// <summary>Compares a follower with the leader of its stream, on the same events.</summary>
    /// <param name="challenger">The follower.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="LifelongException">404: no such model; 409: it leads.</exception>
    public Task<ComparisonInfo> CompareAsync(string challenger, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<ComparisonInfo>(Path(challenger) + "/comparison", cancellationToken);

    /// <summary>Makes a follower the leader of its stream; the leader follows.</summary>
    /// <param name="challenger">The follower.</param>
    /// <param name="cancellationToken">Cancels the request; it may have been promoted all the same.</param>
    /// <returns>Who leads now.</returns>
    /// <exception cref="LifelongException">404: no such model; 409: it leads, is fenced or is still catching up.</exception>
    public Task<PromotionResult> PromoteAsync(string challenger, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<PromotionResult>(HttpMethod.Post, $"/v1/admin/models/{Uri.EscapeDataString(challenger)}:promote", null, Repeat.WhenRefused, cancellationToken);
}
