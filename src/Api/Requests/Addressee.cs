using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>Whom a call is for: a model (<c>/v1/models/{model}</c>), or whoever leads a stream at that moment (<c>/v1/streams/{stream}</c>). Bound from the route.</summary>
/// <param name="host">Where models live.</param>
/// <param name="name">Name of the model or of the stream.</param>
/// <param name="isStream">Which of the two.</param>
internal sealed class Addressee(IModelHost host, string name, bool isStream)
{
    /// <summary>Binds it for an endpoint.</summary>
    public static ValueTask<Addressee> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context, context.RequestServices.GetRequiredService<IModelHost>()));

    /// <summary>Whom a request is for.</summary>
    public static Addressee Of(HttpContext context, IModelHost host)
    {
        var route = context.Request.RouteValues;
        return route["stream"] is string stream ? new Addressee(host, stream, isStream: true) : new Addressee(host, (string)route["model"]!, isStream: false);
    }

    /// <summary>The name in a path that is bound to an addressee, which the API explorer does not see; null: none.</summary>
    public static string? NameIn(string path) => path.Contains("{model}", StringComparison.Ordinal) ? "model" : path.Contains("{stream}", StringComparison.Ordinal) ? "stream" : null;

    /// <summary>Opens the model where it is not, and holds it open until the lease is disposed. 404.</summary>
    public ValueTask<ModelLease> AcquireAsync(CancellationToken cancellation) => isStream ? host.AcquireLeaderAsync(name, cancellation) : host.AcquireAsync(name, cancellation);

    /// <summary>
    /// Does something with the model. Where its stream closed before it took anything, because another model takes the lead, it is done again on the stream as it opens next:
    /// the caller sees a wait.
    /// </summary>
    /// <param name="call">What <paramref name="act"/> needs; so that it can be static.</param>
    /// <param name="act">Reads the request for the model that it gets, and acts. May run more than once; what it changed in an earlier run is nothing.</param>
    /// <param name="cancellation">Stops the waiting.</param>
    public async Task UseAsync<TCall>(TCall call, Func<TCall, ModelLease, Task> act, CancellationToken cancellation)
    {
        while (true)
        {
            using var lease = await AcquireAsync(cancellation);
            try
            {
                await act(call, lease);
                return;
            }
            catch (ProblemException refusal) when (refusal.IsForNext)
            {
                // The next lease waits until the stream is open again.
            }
        }
    }
}
