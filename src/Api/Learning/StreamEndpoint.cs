using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Learning;

/// <summary><c>POST …/stream</c>: rows in, answers out, at the same time.</summary>
internal static class StreamEndpoint
{
    /// <summary>Handles a request.</summary>
    public static async Task HandleAsync(Addressee to, HttpContext context, IHostApplicationLifetime lifetime, FeatureEncoding encoding, IOptions<ApiOptions> options, ILoggerFactory logs)
    {
        var isRaw = MediaTypes.IsRawRows(context);
        QueryRules.RequireKnown(context);
        using var exchange = new RowExchange(to, await to.AcquireAsync(context.RequestAborted), isRaw, encoding, Caller.ActorOf(context), options.Value, logs.CreateLogger<RowExchange>());
        exchange.RequireLeader();
        LiftLimits(context);
        await exchange.RunAsync(context, lifetime.ApplicationStopping);
    }

    // A stream has no size and no rate: rows come when the world makes them.
    private static void LiftLimits(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } requestRate)
        {
            requestRate.MinDataRate = null;
        }

        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } responseRate)
        {
            responseRate.MinDataRate = null;
        }
    }
}
