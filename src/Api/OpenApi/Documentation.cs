using System.Reflection;
using System.Text.Json.Serialization;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Learning;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace LifelongApi.Api.OpenApi;

/// <summary>The OpenAPI document at <c>/swagger/v1/swagger.json</c> and Swagger UI at <c>/swagger</c>.</summary>
internal static class Documentation
{
    /// <summary>Registers the generator.</summary>
    public static void AddDocumentation(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options => ContractJson.Configure(options.SerializerOptions));
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(Configure);
    }

    /// <summary>Serves document and UI, out of the way of every other request.</summary>
    public static void UseDocumentation(this WebApplication app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/swagger"), documented =>
        {
            documented.UseSwagger();
            documented.UseSwaggerUI(options =>
            {
                options.SwaggerEndpoint("/swagger/v1/swagger.json", "LifelongApi v1");
                options.DocumentTitle = "LifelongApi";
            });
        });

    private static void Configure(SwaggerGenOptions options)
    {
        options.SwaggerDoc("v1", new OpenApiInfo
        {
            Title = "LifelongApi",
            Version = "v1",
            Description = "Models that keep learning after they are deployed. Every learn call takes effect at once and is journalled first.",
        });
        options.AddSecurityDefinition("apiKey", new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Api-Key", Description = "An API key. Not needed on the service's own machine while no key is configured." });
        options.AddSecurityDefinition("bearer", new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The same API key as a bearer token." });
        options.SupportNonNullableReferenceTypes();
        options.CustomSchemaIds(SchemaName);
        options.MapType<FeatureSet>(Features);
        options.UseOneOfForPolymorphism();
        options.SelectSubTypesUsing(type => type.GetCustomAttributes<JsonDerivedTypeAttribute>(false).Select(derived => derived.DerivedType));
        options.SelectDiscriminatorNameUsing(type => type.GetCustomAttribute<JsonPolymorphicAttribute>(false)?.TypeDiscriminatorPropertyName);
        options.SelectDiscriminatorValueUsing(type => type.BaseType?.GetCustomAttributes<JsonDerivedTypeAttribute>(false)
            .FirstOrDefault(derived => derived.DerivedType == type)?.TypeDiscriminator as string);
        foreach (var assembly in new[] { typeof(FeatureSet).Assembly, typeof(Documentation).Assembly })
        {
            var path = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
            if (File.Exists(path))
            {
                options.IncludeXmlComments(path);
            }
        }

        // Last: comments in the code are for those who read the code, and must not stand in place of a description.
        options.OperationFilter<DescriptionFilter>();
        options.DocumentFilter<TagOrder>();
    }

    private static string SchemaName(Type type)
    {
        if (!type.IsGenericType)
        {
            return type.Name;
        }

        var name = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        return name + "Of" + string.Concat(type.GetGenericArguments().Select(SchemaName));
    }

    private static OpenApiSchema Features() => new()
    {
        Description = "In the form that the model's input declares: an array of numbers, base64 of little-endian float32, an object from index to number, or an object from name to number, string, boolean or null.",
        OneOf =
        [
            new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Number } },
            new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte" },
            new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true },
        ],
    };
}
