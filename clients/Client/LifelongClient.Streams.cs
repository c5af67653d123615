using LifelongApi.Contracts.Learning;
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
        BoundaryAsync(stream, task, "begin", null, cancellationToken);

    /// <summary>Ends a task: a boundary in the stream, at which what was learned is consolidated.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The boundary.</returns>
    /// <exception cref="LifelongException">404: no such stream or task.</exception>
    public Task<TaskBoundary> EndTaskAsync(string stream, string task, CancellationToken cancellationToken = default) =>
        BoundaryAsync(stream, task, "end", null, cancellationToken);

    /// <summary>As the other, exactly once: the same id again changes nothing.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task.</param>
    /// <param name="eventId">Id of the boundary.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The boundary.</returns>
    /// <exception cref="LifelongException">404: no such stream or task.</exception>
    public Task<TaskBoundary> EndTaskAsync(string stream, string task, string eventId, CancellationToken cancellationToken = default) =>
        BoundaryAsync(stream, task, "end", eventId, cancellationToken);

    /// <summary>Uploads the probe set of a task: labelled rows that are asked and never learned. Takes the place of the last one.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task, which need not have begun.</param>
    /// <param name="rows">1 … 2,000 rows with a label or target.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>What was stored.</returns>
    /// <exception cref="LifelongException">404: no such stream; 400: a row is wrong, and nothing was stored; 409: the stream has too many probe sets.</exception>
    public Task<ProbeInfo> PutProbeAsync(string stream, string task, IReadOnlyList<LearnEvent> rows, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<ProbeInfo>(HttpMethod.Put, ProbePath(stream, task), new ProbeRequest { Rows = Given(rows) }, Repeat.Always, cancellationToken);

    /// <summary>As the other, for rows that the caller has written as JSON already.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task.</param>
    /// <param name="json">UTF-8 of <c>{"rows":[…]}</c>; must not change until the answer is there.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>What was stored.</returns>
    /// <exception cref="LifelongException">As the other.</exception>
    public Task<ProbeInfo> PutProbeJsonAsync(string stream, string task, ReadOnlyMemory<byte> json, CancellationToken cancellationToken = default) =>
        _transport.SendJsonAsync<ProbeInfo>(HttpMethod.Put, ProbePath(stream, task), json, Repeat.Always, cancellationToken);

    /// <summary>Shows the uploaded probe set of a task with its rows. Needs the scope <c>admin</c>.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The probe set.</returns>
    /// <exception cref="LifelongException">404: no such stream or probe set.</exception>
    public Task<ProbeInfo> GetProbeAsync(string stream, string task, CancellationToken cancellationToken = default) =>
        _transport.GetAsync<ProbeInfo>(ProbePath(stream, task), cancellationToken);

    /// <summary>Deletes the uploaded probe set of a task with every score on it.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>When it is gone.</returns>
    /// <exception cref="LifelongException">404: no such stream or probe set.</exception>
    public Task DeleteProbeAsync(string stream, string task, CancellationToken cancellationToken = default) =>
        _transport.SendAsync<Nothing>(HttpMethod.Delete, ProbePath(stream, task), null, Repeat.WhenRefused, cancellationToken);

    private static string ProbePath(string stream, string task)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        return $"{StreamPath(stream)}/tasks/{Uri.EscapeDataString(task)}/probe";
    }

    private Task<TaskBoundary> BoundaryAsync(string stream, string task, string verb, string? eventId, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(task);
        var path = $"{StreamPath(stream)}/tasks/{Uri.EscapeDataString(task)}:{verb}";
        return eventId is null
            ? _transport.SendAsync<TaskBoundary>(HttpMethod.Post, path, null, Repeat.WhenRefused, cancellationToken)
            : _transport.SendKeyedAsync<TaskBoundary>(HttpMethod.Post, path, eventId, cancellationToken);
    }

    private static string StreamPath(string stream)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        return "/v1/streams/" + Uri.EscapeDataString(stream);
    }
}
