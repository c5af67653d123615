using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;

namespace LifelongApi.Client;

public sealed partial class LifelongClient
{
    /// <summary>Lists all streams, page by page as they are enumerated.</summary>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>The streams.</returns>
    public IAsyncEnumerable<StreamInfo> ListStreamsAsync(CancellationToken cancellationToken = default) =>
        PagesAsync<StreamInfo>("/v1/streams", cancellationToken);

    /// <summary>Shows a stream.</summary>
    /// <param name="stream">Its name; the name of the model that leads it, unless it was created otherwise.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="LifelongException">404: no such stream.</exception>
    public Task<StreamInfo> GetStreamAsync(string stream, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<StreamInfo>(StreamPath(stream), cancellationToken);

    /// <summary>Lists the tasks of a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <returns>Its tasks with every time they were open.</returns>
    /// <exception cref="LifelongException">404: no such stream.</exception>
    public IAsyncEnumerable<TaskInfo> ListTasksAsync(string stream, CancellationToken cancellationToken = default) =>
        PagesAsync<TaskInfo>(StreamPath(stream) + "/tasks", cancellationToken);

    /// <summary>Begins a task: a boundary in the stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The boundary.</returns>
    /// <exception cref="LifelongException">404: no such stream.</exception>
    public Task<TaskBoundary> BeginTaskAsync(string stream, string task, CancellationToken cancellationToken = default) =>
        BoundaryAsync(stream, task, "begin", cancellationToken);

    /// <summary>Ends a task: a boundary in the stream, at which what was learned is consolidated.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The boundary.</returns>
    /// <exception cref="LifelongException">404: no such stream or task.</exception>
    public Task<TaskBoundary> EndTaskAsync(string stream, string task, CancellationToken cancellationToken = default) =>
        BoundaryAsync(stream, task, "end", cancellationToken);

    private Task<TaskBoundary> BoundaryAsync(string stream, string task, string verb, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        var path = $"{StreamPath(stream)}/tasks/{Uri.EscapeDataString(task)}:{verb}";
        return _transport.SendAsync<TaskBoundary>(HttpMethod.Post, path, null, Repeat.WhenRefused, cancellationToken);
    }

    private static string StreamPath(string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        return "/v1/streams/" + Uri.EscapeDataString(stream);
    }
}
